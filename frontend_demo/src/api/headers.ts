/** Django's CSRF token, where its cookie is there: with a session, the server asks for it. */
export function csrfHeaders(cookies: string = document.cookie): Record<string, string> {
  const token = /(?:^|;\s*)csrftoken=([^;]+)/.exec(cookies)?.[1];
  return token ? { "X-CSRFToken": token } : {};
}
