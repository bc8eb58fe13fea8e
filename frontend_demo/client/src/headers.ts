/** Django's CSRF token, if its cookie exists: with a session, the server requires it. */
export function csrfHeaders(cookies: string = document.cookie): Record<string, string> {
  const token = /(?:^|;\s*)csrftoken=([^;]+)/.exec(cookies)?.[1];
  return token ? { "X-CSRFToken": token } : {};
}
