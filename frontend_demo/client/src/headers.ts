/** Django's CSRF token, if its cookie exists: forms send it as `csrfmiddlewaretoken`. */
export function csrfToken(cookies: string = document.cookie): string | undefined {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(cookies)?.[1];
}

/** The header that carries the token: with a session, the server requires it. */
export function csrfHeaders(cookies: string = document.cookie): Record<string, string> {
  const token = csrfToken(cookies);
  return token ? { "X-CSRFToken": token } : {};
}
