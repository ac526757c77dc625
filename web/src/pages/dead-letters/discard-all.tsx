import { Button, Modal } from '@carbon/react';
import { TrashCan } from '@carbon/react/icons';
import { useState } from 'react';
import { counted } from '../../model/format.ts';

type DiscardAllProps = { readonly total: number; readonly isBusy: boolean; readonly discard: () => void };

/** Asks before it throws everything away. */
export function DiscardAll({ total, isBusy, discard }: DiscardAllProps) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button
        kind="danger--ghost"
        size="md"
        renderIcon={TrashCan}
        disabled={isBusy}
        onClick={() => setAsking(true)}
      >
        Discard all
      </Button>
      <Modal
        danger
        size="xs"
        open={isAsking}
        modalHeading={`Discard ${counted(total, 'dead letter')}?`}
        primaryButtonText="Discard"
        secondaryButtonText="Keep"
        onRequestClose={() => setAsking(false)}
        onRequestSubmit={() => {
          setAsking(false);
          discard();
        }}
      >
        <p>They leave this list for good. What could be read of the same requests is not touched.</p>
      </Modal>
    </>
  );
}
