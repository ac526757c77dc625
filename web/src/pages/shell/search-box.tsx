import { Search } from '@carbon/react';
import { type FormEvent, useEffect, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { searchAddress } from '../addresses.ts';

/** Asks for anything a person may have at hand: a business key, a trace id or an event id. */
export function SearchBox({ className, label }: { readonly className: string; readonly label: string }) {
  const [path, navigate] = useLocation();
  const [query] = useSearchParams();
  const asked = path === '/search' ? (query.get('key') ?? '') : '';
  const [text, setText] = useState(asked);
  useEffect(() => setText(asked), [asked]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = text.trim();
    if (trimmed !== '') navigate(searchAddress(trimmed));
  };
  return (
    <form role="search" aria-label={label} className={className} onSubmit={submit}>
      <Search
        size="lg"
        labelText="Search for a business key, a trace id or an event id"
        placeholder="order:42, trace id or event id"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onClear={() => setText('')}
        autoComplete="off"
        spellCheck={false}
      />
    </form>
  );
}
