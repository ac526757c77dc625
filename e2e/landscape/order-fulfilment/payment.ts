import { BpmnError } from '@throughline/engine/client';
import { orderFateOf, orderNumber } from './order-fate.ts';
import { orderIdIn, runOrderService } from './service.ts';

const RETRIES = 3;

runOrderService(({ settings, pace, work }) => {
  work('retrieve-payment', 'retrieve payment', async ({ variables, retries }) => {
    const id = orderIdIn(variables);
    const fate = orderFateOf(settings.seed, orderNumber(id));
    await pace.wait(fate.paymentWorkMs);
    if (fate.declined) throw new BpmnError('payment-declined', `the payment of ${id} was declined`);
    if (fate.paymentFailsFirst && retries === RETRIES) throw new Error('payment provider timed out');
    return { payment: `P-${id}` };
  });
});
