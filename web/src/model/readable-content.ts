/** Content as a person reads it: JSON on lines of its own, everything else as it came. */
export function readableContent(content: string): string {
  try {
    const value: unknown = JSON.parse(content);
    // Writing a number again could change it: one that stands alone is shown as it came.
    return typeof value === 'object' && value !== null && !hasLongNumber(content)
      ? JSON.stringify(value, null, 2)
      : content;
  } catch {
    return content;
  }
}

/** Numbers of more digits than a double holds would be shown changed. */
const hasLongNumber = (json: string): boolean => /[:[,\s-]\d{16,}/.test(json);
