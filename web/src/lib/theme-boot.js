// Runs before the first paint, as a classic script. `theme.svelte.ts` takes over from here.
(function () {
  var saved = null;
  try {
    saved = localStorage.getItem('kefu.theme');
  } catch (e) {
    // Storage is denied: follow the system.
  }
  var dark =
    saved === 'dark' || (saved !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
