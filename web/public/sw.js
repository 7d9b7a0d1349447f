// Only for notifications: phones show them from a service worker alone. It keeps nothing.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (e) => e.waitUntil(self.clients.claim()));
self.addEventListener('notificationclick', (e) => {
  e.notification.close();
  const to = e.notification.data || '/antrean';
  e.waitUntil(
    self.clients.matchAll({ type: 'window' }).then((open) => {
      const one = open[0];
      if (!one) return self.clients.openWindow(to);
      one.postMessage({ go: to });
      return one.focus();
    }),
  );
});
