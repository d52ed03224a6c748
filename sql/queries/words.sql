-- title: The busiest words
-- description: The hundred words that are in most messages of people. Upper and lower case are one, accents make a
--   difference. Left out are words of one letter, the commonest ones of Portuguese and English (de, que, the …), and
--   addresses of pages and mail.
-- grain: one row per word
-- chart: bar x=word y=messages top=20
-- platforms: each
with written as (
  select
    max(platform || ' ' || person) as person,
    max(regexp_replace(
      replace(lower(normalize(text)), '’', ''''),
      '[a-z]+://\S*|www\.\S*|\S+@\S+\.\S*|\S+\.[a-z]+/\S*',
      ' '
    )) as plain
  from messages
  where context_date between cast(? as date) and cast(? as date)
    and direction = 'inbound'
    and counted_as is not null
    and text is not null
    and not is_bot
    and coalesce(type, 'text') not in ('button', 'interactive', 'location', 'venue', 'contacts', 'order')
  group by counted_as
),
words as (
  select found.word, written.person
  from written
  cross join unnest(
    array_distinct(regexp_extract_all(plain, '\p{L}[\p{L}\p{M}]*([''-]\p{L}[\p{L}\p{M}]*)*'))
  ) as found(word)
)
select word, count(*) as messages, count(distinct person) as people
from words
where length(word) > 1
  and word not in (
    -- Portuguese
    'agora', 'ai', 'aí', 'ainda', 'alguém', 'algum', 'alguma', 'algumas', 'alguns', 'ao', 'aos', 'apenas', 'aquela',
    'aquelas', 'aquele', 'aqueles', 'aquilo', 'as', 'assim', 'até', 'cada', 'com', 'como', 'da', 'das', 'de', 'dela',
    'delas', 'dele', 'deles', 'depois', 'do', 'dos', 'ela', 'elas', 'ele', 'eles', 'em', 'entre', 'era', 'eram',
    'essa', 'essas', 'esse', 'esses', 'esta', 'está', 'estamos', 'estão', 'estar', 'estas', 'estava', 'este', 'estes',
    'estou', 'eu', 'foi', 'for', 'foram', 'fosse', 'fui', 'há', 'isso', 'isto', 'já', 'la', 'lá', 'lhe', 'lhes', 'lo',
    'mais', 'mas', 'me', 'mesmo', 'meu', 'meus', 'mim', 'minha', 'minhas', 'muito', 'na', 'nas', 'nem', 'no', 'nos',
    'nós', 'nossa', 'nossas', 'nosso', 'nossos', 'num', 'numa', 'não', 'os', 'ou', 'para', 'pela', 'pelas', 'pelo',
    'pelos', 'por', 'porque', 'pra', 'pro', 'quais', 'qual', 'quando', 'que', 'quê', 'quem', 'se', 'seja', 'sem',
    'sendo', 'ser', 'seu', 'seus', 'sob', 'sobre', 'sou', 'sua', 'suas', 'são', 'só', 'também', 'te', 'tem', 'têm',
    'tenho', 'ter', 'teu', 'teus', 'teve', 'tinha', 'tu', 'tua', 'tuas', 'tá', 'um', 'uma', 'umas', 'uns', 'vai',
    'vão', 'vc', 'vcs', 'você', 'vocês', 'vos', 'vou', 'às', 'à', 'é',
    -- English
    'about', 'after', 'all', 'also', 'am', 'an', 'and', 'any', 'are', 'aren''t', 'at', 'be', 'because', 'been', 'but',
    'by', 'can', 'can''t', 'could', 'did', 'didn''t', 'does', 'doesn''t', 'don''t', 'from', 'get', 'had', 'has',
    'have', 'he', 'her', 'here', 'hers', 'him', 'his', 'how', 'i''d', 'i''ll', 'i''m', 'i''ve', 'if', 'in', 'into',
    'is', 'isn''t', 'it', 'it''s', 'its', 'just', 'more', 'my', 'not', 'of', 'on', 'or', 'our', 'ours', 'out', 'she',
    'should', 'so', 'some', 'than', 'that', 'that''s', 'the', 'their', 'them', 'then', 'there', 'these', 'they',
    'this', 'those', 'to', 'too', 'up', 'us', 'was', 'wasn''t', 'we', 'we''re', 'were', 'what', 'when', 'where',
    'which', 'who', 'why', 'will', 'with', 'won''t', 'would', 'you', 'you''re', 'your', 'yours'
  )
group by word
order by messages desc, word
limit 100
