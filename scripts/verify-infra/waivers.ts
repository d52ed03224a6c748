/** Rules of checkov that the stack breaks, and why it may. Every other rule holds. */
export const WAIVERS: Readonly<Record<string, string>> = {
  CKV_AWS_120: 'A cache would answer a delivery without storing it; every request has to reach its function.',
  CKV_AWS_225: 'As CKV_AWS_120, for the setting of each method.',
  CKV2_AWS_51: 'A client certificate proves API Gateway to an HTTP server behind it; ours are Lambda functions.',
  CKV_AWS_117:
    'The functions talk to S3, Secrets Manager and KMS alone, by TLS and IAM; a VPC would add cost and parts.',
  CKV2_AWS_29:
    'A firewall of common rules would refuse what people write; webAclArn attaches one that the account made for this.',
  CKV_AWS_144:
    'A copy in another region is a decision on cost and on where personal data may lie: the account owner’s.',
  CKV2_AWS_57: 'The platforms issue these secrets, so a person rotates them; two are valid at once meanwhile.',
}
