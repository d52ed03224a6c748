-- Trino's functions in DuckDB, so that a query written for Athena runs here unchanged. A macro shadows a built-in of its
-- name, whose own self remains reachable as system.main.<name>; EXTRACT and AT TIME ZONE are parsed to date_part and
-- timezone, which makes them macros too. The values are held to Trino's own by trino-values.json and its test.
--
-- A timestamp with time zone is here a plain timestamp of that zone's clock, from_unixtime's without a zone being UTC's.
--
-- What no macro can mend, so that a saved query keeps away from it:
--   decimals    100.0 * 1 / 3 and avg(decimal) keep a decimal's scale in Trino: cast to double first
--   casts       double or text like '1.5' to bigint (halves round otherwise), double or timestamp to varchar (other
--               text), to varchar(n) (Trino cuts)
--   intervals   date ± interval is a date in Trino: date_add instead
--   zones       a zoned time that changes zone again, or whose instant is asked for (to_unixtime)
--   division    by zero fails in Trino, or is infinite for doubles; it is null here: nullif the divisor
--   regexes     a group that took no part is null in Trino, empty here; (?<name>…) and look-arounds fail here
--   syntax      if(a, b), lambdas but filter's, listagg, bare VALUES 1, 2, FILTER after approx_distinct and the like fail here

-- Time zones and epochs. Seconds since 1970 may have a fraction, which Trino rounds to milliseconds.

create macro timezone(zone, moment) as system.main.timezone(zone, cast(moment as timestamptz));
create macro at_timezone(moment, zone) as timezone(zone, moment);

create macro trino_epoch(epoch) as make_timestamp(cast(round(epoch * cast(1000 as bigint)) as bigint) * 1000);
create macro from_unixtime(epoch) as trino_epoch(epoch),
  (epoch, zone) as timezone(zone, trino_epoch(epoch));
create macro to_unixtime(moment) as epoch(cast(moment as timestamp));

create macro date(moment) as cast(moment as date);
create macro from_iso8601_date(text) as cast(text as date);
create macro from_iso8601_timestamp(text) as cast(cast(text as timestamptz) as timestamp);

-- Fields. A week begins on Monday, its first day is 1, and weeks are ISO's.

create macro date_part(field, moment) as system.main.date_part(
  case lower(field)
    when 'dow' then 'isodow'
    when 'day_of_week' then 'isodow'
    when 'day_of_month' then 'day'
    when 'day_of_year' then 'doy'
    when 'yow' then 'isoyear'
    when 'year_of_week' then 'isoyear'
    else lower(field)
  end,
  moment
);
create macro day_of_week(moment) as isodow(moment);
create macro dow(moment) as isodow(moment);
create macro day_of_month(moment) as dayofmonth(moment);
create macro day_of_year(moment) as dayofyear(moment);
create macro doy(moment) as dayofyear(moment);
create macro week_of_year(moment) as weekofyear(moment);
create macro year_of_week(moment) as isoyear(moment);
create macro yow(moment) as isoyear(moment);
create macro millisecond(moment) as system.main.millisecond(moment) % 1000;
create macro last_day_of_month(moment) as last_day(moment);

-- Arithmetic. A date stays a date, and a difference counts whole units, not boundaries crossed.

create macro date_trunc(unit, moment) as cast_to_type(system.main.date_trunc(unit, moment), moment);
create macro date_add(unit, amount, moment) as cast_to_type(
  moment + case lower(unit)
    when 'millisecond' then to_milliseconds(amount)
    when 'second' then to_seconds(amount)
    when 'minute' then to_minutes(amount)
    when 'hour' then to_hours(amount)
    when 'day' then to_days(cast(amount as integer))
    when 'week' then to_weeks(cast(amount as integer))
    when 'month' then to_months(cast(amount as integer))
    when 'quarter' then to_months(3 * cast(amount as integer))
    when 'year' then to_years(cast(amount as integer))
    else error('date_add knows no unit ' || unit)
  end,
  moment
);
create macro date_diff(unit, start, finish) as date_sub(unit, start, finish);

-- Formats, translated token by token to strftime's; %! is none of its own, so that what has no translation fails.
-- [pattern][1] is pattern: DuckDB binds a macro when it is made, wants a constant format even then, and waits for the
-- arguments only where it cannot know their type.

create macro trino_mysql_format(pattern) as array_to_string(list_transform(
  system.main.regexp_extract_all([pattern][1], '(?s)%.|[^%]+'),
  lambda token: case
    when token[1] <> '%' then token
    when token in ('%Y', '%y', '%m', '%d', '%j', '%H', '%I', '%S', '%f', '%p', '%a', '%b', '%%') then token
    when token = '%c' then '%-m'
    when token = '%e' then '%-d'
    when token = '%h' then '%I'
    when token = '%i' then '%M'
    when token = '%k' then '%-H'
    when token = '%l' then '%-I'
    when token = '%M' then '%B'
    when token = '%r' then '%I:%M:%S %p'
    when token = '%s' then '%S'
    when token = '%T' then '%H:%M:%S'
    when token = '%v' then '%V'
    when token = '%W' then '%A'
    when token = '%x' then '%G'
    else '%!'
  end
), '');
create macro date_format(moment, pattern) as strftime(cast(moment as timestamp), trino_mysql_format(pattern));
create macro date_parse(text, pattern) as strptime(text, trino_mysql_format(pattern));

create macro trino_joda_format(pattern) as array_to_string(list_transform(
  system.main.regexp_extract_all(
    [pattern][1],
    '(?s)''''|''(?:[^'']|'''')+''|a+|d+|D+|e+|E+|h+|H+|m+|M+|s+|S+|w+|x+|y+|Y+|[A-Za-z]|[^A-Za-z'']+'
  ),
  lambda token: case
    when token = '''''' then ''''
    when token[1] = '''' then system.main.replace(system.main.replace(token[2:-2], '''''', ''''), '%', '%%')
    when token in ('y', 'yyyy', 'Y', 'YYYY') then '%Y'
    when token in ('yy', 'YY') then '%y'
    when token = 'M' then '%-m'
    when token = 'MM' then '%m'
    when token = 'MMM' then '%b'
    when token = 'MMMM' then '%B'
    when token = 'd' then '%-d'
    when token = 'dd' then '%d'
    when token = 'D' then '%-j'
    when token = 'DDD' then '%j'
    when token in ('E', 'EE', 'EEE') then '%a'
    when token = 'EEEE' then '%A'
    when token = 'e' then '%u'
    when token = 'ww' then '%V'
    when token in ('x', 'xxxx') then '%G'
    when token = 'a' then '%p'
    when token = 'H' then '%-H'
    when token = 'HH' then '%H'
    when token = 'h' then '%-I'
    when token = 'hh' then '%I'
    when token = 'm' then '%-M'
    when token = 'mm' then '%M'
    when token = 's' then '%-S'
    when token = 'ss' then '%S'
    when token = 'SSS' then '%g'
    when regexp_matches(token, '^[A-Za-z]') then '%!'
    else system.main.replace(token, '%', '%%')
  end
), '');
create macro format_datetime(moment, pattern) as strftime(cast(moment as timestamp), trino_joda_format(pattern));

-- Text. Null in, null out; what is not there is null, not empty.

create macro concat(a, b) as a || b,
  (a, b, c) as a || b || c,
  (a, b, c, d) as a || b || c || d,
  (a, b, c, d, e) as a || b || c || d || e,
  (a, b, c, d, e, f) as a || b || c || d || e || f,
  (a, b, c, d, e, f, g) as a || b || c || d || e || f || g,
  (a, b, c, d, e, f, g, h) as a || b || c || d || e || f || g || h;
create macro substr(text, start) as
  case when start = 0 or start < -length(text) then left(text, 0) else system.main.substr(text, start) end,
  (text, start, size) as
  case when start = 0 or start < -length(text) then left(text, 0) else system.main.substr(text, start, size) end;
create macro substring(text, start) as substr(text, start),
  (text, start, size) as substr(text, start, size);
create macro trino_whitespace() as array_to_string(list_transform(
  [9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8200, 8201, 8202, 8232, 8233, 8287, 12288],
  lambda codepoint: chr(codepoint)
), '');
create macro trim(text) as system.main.trim(text, trino_whitespace()),
  (text, characters) as system.main.trim(text, characters);
create macro ltrim(text) as system.main.ltrim(text, trino_whitespace()),
  (text, characters) as system.main.ltrim(text, characters);
create macro rtrim(text) as system.main.rtrim(text, trino_whitespace()),
  (text, characters) as system.main.rtrim(text, characters);
create macro split_part(text, delimiter, place) as string_split(text, delimiter)[place];
create macro replace(text, search) as system.main.replace(text, search, ''),
  (text, search, replacement) as system.main.replace(text, search, replacement);
create macro codepoint(text) as unicode(text);
create macro levenshtein_distance(a, b) as levenshtein(a, b);
create macro normalize(text) as nfc_normalize(text);
create macro format(pattern, a) as printf(pattern, a),
  (pattern, a, b) as printf(pattern, a, b),
  (pattern, a, b, c) as printf(pattern, a, b, c),
  (pattern, a, b, c, d) as printf(pattern, a, b, c, d);

create macro regexp_like(text, pattern) as regexp_matches(text, pattern);
create macro regexp_extract(text, pattern) as
  case when regexp_matches(text, pattern) then system.main.regexp_extract(text, pattern) end,
  (text, pattern, place) as
  case when regexp_matches(text, pattern) then system.main.regexp_extract(text, pattern, place) end;
create macro regexp_count(text, pattern) as len(system.main.regexp_extract_all(text, pattern));
create macro regexp_split(text, pattern) as regexp_split_to_array(text, pattern);

-- $1 in a replacement is \1 here, \$ is $; ${name} has no translation and fails.
create macro trino_replacement(replacement) as array_to_string(list_transform(
  system.main.regexp_extract_all([replacement][1], '(?s)\\.|\$[0-9]|[^\\$]+|\\|\$'),
  lambda token: case
    when token in ('$', '\') then error('regexp_replace: a lone $ or \ in ' || replacement)
    when token = '\\' then token
    when token[1] = '\' then token[2:]
    when token[1] = '$' then '\' || token[2:]
    else token
  end
), '');
create macro regexp_replace(text, pattern) as system.main.regexp_replace(text, pattern, '', 'g'),
  (text, pattern, replacement) as system.main.regexp_replace(text, pattern, trino_replacement(replacement), 'g');

-- JSON. What is not JSON, or not there, or no scalar, is null.

create macro trino_json_path(path) as system.main.regexp_replace(path, '\["([^"]*)"\]', '."\1"', 'g');
create macro json_extract_scalar(document, path) as case
  when json_valid(document) and json_type(document, trino_json_path(path)) not in ('ARRAY', 'OBJECT')
  then json_extract_string(document, trino_json_path(path))
end;
create macro json_extract(document, path) as case
  when json_valid(document) then system.main.json_extract(document, trino_json_path(path))
end;
create macro json_array_length(document) as case
  when json_valid(document) and json_type(document) = 'ARRAY' then system.main.json_array_length(document)
end;
create macro json_parse(text) as json(text);
create macro json_format(document) as cast(document as varchar);

-- Arrays and maps.

create macro element_at(container, place) as container[place];
create macro cardinality(container) as len(container);
create macro array_join(items, delimiter) as array_to_string(items, delimiter),
  (items, delimiter, missing) as
  array_to_string(list_transform(items, lambda item: coalesce(cast(item as varchar), missing)), delimiter);
create macro array_max(items) as list_max(items);
create macro array_min(items) as list_min(items);
create macro slice(items, start, size) as list_slice(items, start, start + size - 1);
create macro sequence(start, stop) as generate_series(start, stop),
  (start, stop, step) as list_transform(generate_series(start, stop, step), lambda item: cast_to_type(item, start));
create macro repeat(item, times) as list_resize([item], times, item);

-- Conditions and numbers.

create macro greatest(a, b) as case when a is not null and b is not null then system.main.greatest(a, b) end,
  (a, b, c) as
  case when a is not null and b is not null and c is not null then system.main.greatest(a, b, c) end,
  (a, b, c, d) as
  case when a is not null and b is not null and c is not null and d is not null then system.main.greatest(a, b, c, d) end;
create macro least(a, b) as case when a is not null and b is not null then system.main.least(a, b) end,
  (a, b, c) as
  case when a is not null and b is not null and c is not null then system.main.least(a, b, c) end,
  (a, b, c, d) as
  case when a is not null and b is not null and c is not null and d is not null then system.main.least(a, b, c, d) end;
create macro truncate(number) as trunc(number);
create macro width_bucket(number, low, high, buckets) as case
  when number < low then 0
  when number >= high then buckets + 1
  else cast(floor(cast(buckets as double) * (number - low) / (high - low)) as bigint) + 1
end;
create macro is_nan(number) as isnan(number);
create macro nan() as cast('nan' as double);
create macro infinity() as cast('infinity' as double);
create macro bitwise_and(a, b) as a & b;
create macro bitwise_or(a, b) as a | b;

-- Bytes: hashes take and give them, as in to_hex(sha256(to_utf8(name))).

create macro to_utf8(text) as encode(text);
create macro from_utf8(bytes) as decode(bytes);
create macro to_hex(bytes) as hex(bytes);
create macro md5(bytes) as unhex(system.main.md5(bytes));
create macro sha256(bytes) as unhex(system.main.sha256(bytes));

-- Aggregates. What Trino approximates is exact here.

create macro approx_distinct(item) as count(distinct item);
create macro approx_percentile(item, share) as list_sort(list(item) filter (where item is not null))[
  system.main.least(cast(floor(share * count(item)) as bigint) + 1, count(item))
];
create macro every(condition) as bool_and(condition);
create macro count_if(condition) as count(case when condition then 1 end);
create macro variance(number) as var_samp(number);
