import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { DeadLetterChoice, DeadLettersDiscarded, DeadLettersReplayed } from 'throughline/schema';
import { send } from '../../api/client.ts';
import { queryKeys } from '../../api/queries.ts';
import { counted } from '../../model/format.ts';

/** Accepted is not yet done: the server reads its log to that place first, mostly within a second. */
const DONE_AFTER_MS = 1_000;

/** Reading dead letters again and throwing them away, with what became of the last call. */
export function useLetterActions() {
  const client = useQueryClient();
  const renew = () =>
    setTimeout(() => void client.invalidateQueries({ queryKey: queryKeys.deadLetters }), DONE_AFTER_MS);
  const replay = useMutation({
    mutationFn: (choice: DeadLetterChoice) => send<DeadLettersReplayed>('dead-letters/replay', choice),
    onSuccess: renew,
  });
  const discard = useMutation({
    mutationFn: (choice: DeadLetterChoice) => send<DeadLettersDiscarded>('dead-letters/discard', choice),
    onSuccess: renew,
  });
  return {
    replay: (choice: DeadLetterChoice) => {
      discard.reset();
      replay.mutate(choice);
    },
    discard: (choice: DeadLetterChoice) => {
      replay.reset();
      discard.mutate(choice);
    },
    isBusy: replay.isPending || discard.isPending,
    error: replay.error ?? discard.error,
    done: doneText(replay.data, discard.data),
  };
}

function doneText(
  replayed: DeadLettersReplayed | undefined,
  discarded: DeadLettersDiscarded | undefined,
): string {
  if (discarded !== undefined) return `${counted(discarded.discarded, 'dead letter')} discarded.`;
  if (replayed === undefined) return '';
  const gone = replayed.gone === 0 ? '' : ` ${replayed.gone} can't be: the intake log no longer has them.`;
  return `${counted(replayed.replayed, 'dead letter')} read again; what still can't be read stays here.${gone}`;
}
