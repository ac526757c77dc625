import { Button, InlineNotification } from '@carbon/react';
import { ApiProblem } from '../api/client.ts';
import { AppLink } from './app-link.tsx';

/** What the server said is wrong, in its words, and what can be done about it. */
export function ProblemNote({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  const problem = error instanceof ApiProblem ? error.problem : null;
  return (
    <div className="problem">
      <InlineNotification
        kind="error"
        lowContrast
        hideCloseButton
        title={problem?.title ?? 'This can not be shown'}
        subtitle={problem?.detail || error.message}
      />
      {problem?.parameter && (
        <p>
          The parameter <code>{problem.parameter}</code> was not understood
          {problem.allowed?.length ? `; allowed: ${problem.allowed.join(', ')}` : ''}. Remove it from the
          filter or from the address.
        </p>
      )}
      <p className="problem-actions">
        {retry && problem?.status !== 404 && (
          <Button size="sm" kind="tertiary" onClick={retry}>
            Try again
          </Button>
        )}
        <AppLink href="/">Go to all flows</AppLink>
      </p>
    </div>
  );
}
