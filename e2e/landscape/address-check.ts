import { fateOf, registrationNumber } from './fate.ts';
import { runService } from './service.ts';

await runService('address-check', ({ settings, messaging, pace }) => ({
  consumers: {
    'registration.requested': {
      async handle({ message }) {
        const fate = fateOf(settings.seed, registrationNumber(message.registration));
        await pace.wait(fate.addressWorkMs);
        await messaging.send('address.checked', message.registration, { 'address.valid': true });
      },
    },
  },
}));
