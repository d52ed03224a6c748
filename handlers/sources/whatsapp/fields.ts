/**
 * The webhook fields of a WhatsApp Business account, and what each is for. Every change of every field becomes rows;
 * `npm run webhook -- whatsapp subscribe` subscribes to all of them. Fields of this list that Meta does not offer to an app
 * are left out of its subscription.
 * @see https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
 */
export const WEBHOOK_FIELDS = {
  messages: 'what people write, and the statuses of what the business sends',
  smb_message_echoes: 'what the business writes in the WhatsApp Business app',
  message_echoes: 'what the business sends through other tools',
  history: 'the messages of the last months, once, when a number of the WhatsApp Business app is connected',
  smb_app_state_sync: 'the contacts of the WhatsApp Business app',
  standby: "messages while Meta's AI agent holds the conversation",
  messaging_handovers: 'who holds a conversation: the business or an agent',
  calls: 'calls, and how they end',
  user_preferences: 'who stops or resumes marketing messages',
  automatic_events: 'leads and purchases that Meta detects in conversations from ads',
  group_lifecycle_update: 'groups that are created or deleted',
  group_participants_update: 'who joins or leaves a group',
  group_settings_update: "changes of a group's name, picture or description",
  group_status_update: 'groups that Meta suspends',
  message_template_status_update: 'templates that Meta approves, rejects or pauses',
  message_template_quality_update: 'the quality of templates',
  message_template_components_update: 'changes of the text of templates',
  template_category_update: 'changes of the category, and so of the price, of templates',
  template_correct_category_detection: 'templates that Meta finds in a wrong category',
  phone_number_quality_update: 'changes of the sending limit of a number',
  phone_number_name_update: "decisions on a number's display name",
  account_update: 'violations, restrictions and other changes of the account',
  account_alerts: 'alerts about the account',
  account_review_update: "decisions on the account's review",
  account_settings_update: 'changes of the settings of a number',
  business_capability_update: 'changes of the limits of the business',
  business_username_update: "changes of the business's username",
  business_status_update: 'changes of the status of the business',
  campaign_status_update: 'changes of the status of campaigns',
  security: 'changes of the two-step PIN',
  flows: 'the status and the errors of Flows',
  partner_solutions: 'changes of partner solutions',
  payment_configuration_update: 'changes of payment configurations',
  tracking_events: 'events of message tracking',
  consumer_profile: 'changes of the profiles of customers',
} as const satisfies Readonly<Record<string, string>>
