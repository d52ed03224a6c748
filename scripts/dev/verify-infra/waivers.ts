/** The checkov rules that the stack violates, with the reason why it may. */
export const WAIVERS: Readonly<Record<string, string>> = {
  CKV_AWS_120: 'A cache would answer a delivery without storing it; every request must reach its function.',
  CKV_AWS_225: 'Like CKV_AWS_120, for the settings of each method.',
  CKV2_AWS_51:
    'A client certificate identifies API Gateway to an HTTP backend; the backends here are Lambda functions.',
  CKV_AWS_117:
    'The functions use only S3, Secrets Manager and KMS, through TLS and IAM; a VPC would add cost and resources.',
  CKV2_AWS_29: 'A web ACL costs, and common rules would refuse some messages; webAclArn attaches one of the account.',
  CKV_AWS_144: 'Cost, and where personal data may be stored, are the account owner’s decision.',
  CKV2_AWS_57: 'The platforms issue these secrets, so a person rotates them; two are valid at once during a rotation.',
}

interface CompanySetting {
  /** The setting with which the stack follows the rule, with a value as a company would write it. */
  readonly setting: readonly [variable: string, value: string]
  /** Why it is not set by default. */
  readonly why: string
}

/** The rules that the stack violates by default and follows where a setting names a resource of the company. */
export const COMPANY_SETTINGS: Readonly<Record<string, CompanySetting>> = {
  CKV_AWS_61: {
    setting: ['CHATLAKE_MAINTAINERS', 'arn:aws:iam::123456789012:role/lake-maintainers'],
    why: "Only the company knows its maintainers' roles; by default the account's IAM decides, but for no function.",
  },
  CKV_AWS_18: {
    setting: ['CHATLAKE_ACCESS_LOG_BUCKET', 'acme-access-logs'],
    why: "S3's access logs belong in the account's log bucket; a bucket of this stack would need access logs itself.",
  },
  CKV2_AWS_62: {
    setting: ['CHATLAKE_BUCKET_EVENTS', 'true'],
    why: 'EventBridge charges for every S3 event, and this stack has no use for them; other systems may.',
  },
  CKV_AWS_272: {
    setting: [
      'CHATLAKE_CODE_SIGNING_CONFIG_ARN',
      'arn:aws:lambda:sa-east-1:123456789012:code-signing-config:csc-0123456789abcdef0',
    ],
    why: "The company's pipeline signs code, with the company's signing profile.",
  },
}
