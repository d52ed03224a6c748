import { BudgetsBudget } from '@cdktf/provider-aws/lib/budgets-budget/index.js'
import { Construct } from 'constructs'
import type { Deployment } from './deployment.ts'

/** The tag whose costs the budget counts: no other stack has it. */
export const STACK_TAG = 'chatlake:stack'

/** A monthly budget of the stage. It notifies the alarms' topic at 80 %, and when the month is expected to exceed it. */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, { deployment, topic }: { deployment: Deployment; topic: string }) {
    super(scope, id)
    const { monthlyBudgetUsd, name } = deployment
    const notify = (notificationType: string, threshold: number) => ({
      notificationType,
      comparisonOperator: 'GREATER_THAN',
      threshold,
      thresholdType: 'PERCENTAGE',
      subscriberSnsTopicArns: [topic],
    })
    new BudgetsBudget(this, 'budget', {
      name: name('monthly'),
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      limitAmount: String(monthlyBudgetUsd),
      limitUnit: 'USD',
      costFilter: [{ name: 'TagKeyValue', values: [`user:${STACK_TAG}$chatlake-${deployment.stage}`] }],
      notification: [notify('ACTUAL', 80), notify('FORECASTED', 100)],
    })
  }
}
