// Before the first paint: the chosen theme, else the system's, so that nobody is blinded at night.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem('throughline.theme');
  } catch {
    // Storage can be switched off: then the system decides.
  }
  const dark =
    choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.className = dark ? 'cds--g100' : 'cds--white';
})();
