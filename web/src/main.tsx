import '@fontsource/ibm-plex-sans/400.css';
import '@fontsource/ibm-plex-sans/600.css';
import '@fontsource/ibm-plex-mono/400.css';
import './style/main.scss';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ServerAway } from './api/client.ts';
import { LiveStream } from './api/live.ts';
import { App } from './pages/app.tsx';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      refetchOnWindowFocus: true,
      networkMode: 'always',
      // A server that is away comes back; one that said no will say it again.
      retry: (_failures, error) => error instanceof ServerAway,
      retryDelay: (failures) => Math.min(8_000, 500 * 2 ** failures),
    },
  },
});
const live = new LiveStream(client);
live.start();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with the id root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App live={live} />
    </QueryClientProvider>
  </StrictMode>,
);
