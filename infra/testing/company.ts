/** Settings of a company that uses every option: the values are examples. */
export const COMPANY: Readonly<Record<string, string>> = {
  CHATLAKE_ALARM_TOPIC_ARN: 'arn:aws:sns:sa-east-1:123456789012:acme-alarms',
  CHATLAKE_PERMISSIONS_BOUNDARY: 'arn:aws:iam::123456789012:policy/boundary',
  CHATLAKE_ALLOWED_ACCOUNT_IDS: '123456789012',
  CHATLAKE_MONTHLY_BUDGET_USD: '100',
  CHATLAKE_ROLE_PATH: '/acme/',
  CHATLAKE_RETENTION_DAYS: '400',
  CHATLAKE_MAINTAINERS: 'arn:aws:iam::123456789012:role/lake-maintainers',
  CHATLAKE_ANALYSTS: 'arn:aws:iam::123456789012:role/analysts',
  CHATLAKE_LAKE_FORMATION: 'true',
  CHATLAKE_TAGS: 'team=data,cost-center=42',
  CHATLAKE_ACCESS_LOG_BUCKET: 'acme-access-logs',
  CHATLAKE_BUCKET_EVENTS: 'true',
  CHATLAKE_CODE_SIGNING_CONFIG_ARN: 'arn:aws:lambda:sa-east-1:123456789012:code-signing-config:csc-0123456789abcdef0',
  CHATLAKE_WEB_ACL_ARN:
    'arn:aws:wafv2:sa-east-1:123456789012:regional/webacl/acme/11111111-2222-3333-4444-555555555555',
}
