/** Rules of checkov that the stack breaks, and why it may. */
export const WAIVERS: Readonly<Record<string, string>> = {
  CKV_AWS_120: 'A cache would answer a delivery without storing it; every request has to reach its function.',
  CKV_AWS_225: 'As CKV_AWS_120, for the setting of each method.',
  CKV2_AWS_51: 'A client certificate proves API Gateway to an HTTP server behind it; ours are Lambda functions.',
  CKV_AWS_117:
    'The functions talk to S3, Secrets Manager and KMS alone, by TLS and IAM; a VPC would add cost and parts.',
  CKV2_AWS_29:
    'A firewall of common rules would refuse what people write, and costs; webAclArn attaches one that the account made for this.',
  CKV_AWS_144:
    'A copy in another region is a decision on cost and on where personal data may lie: the account owner’s.',
  CKV2_AWS_57: 'The platforms issue these secrets, so a person rotates them; two are valid at once meanwhile.',
}

interface OfTheCompany {
  /** The setting with which the stack keeps the rule, as a company would write it. */
  readonly setting: readonly [variable: string, value: string]
  /** Why it is not on by itself. */
  readonly why: string
}

/** Rules that the stack breaks as it is by default, and keeps where a setting names what only the company can have. */
export const NEEDS_THE_COMPANYS_OWN: Readonly<Record<string, OfTheCompany>> = {
  CKV_AWS_18: {
    setting: ['CHATLAKE_ACCESS_LOG_BUCKET', 'acme-access-logs'],
    why: "S3's access logs belong in the account's bucket for them; one of ours would need logs of its own in turn.",
  },
  CKV2_AWS_62: {
    setting: ['CHATLAKE_BUCKET_EVENTS', 'true'],
    why: 'EventBridge charges for every event of S3, and nothing of ours listens: it is for those who have something that does.',
  },
  CKV_AWS_272: {
    setting: [
      'CHATLAKE_CODE_SIGNING_CONFIG_ARN',
      'arn:aws:lambda:sa-east-1:123456789012:code-signing-config:csc-0123456789abcdef0',
    ],
    why: "Signing is done with the company's signing profile, in its pipeline.",
  },
}
