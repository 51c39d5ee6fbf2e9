/** What somebody types to begin with a client. */
export type FirstLines = { client: string; install: string; lines: string[] };

/**
 * Three lines for each client: sign in, and post. A test runs them as they stand (e2e/apps-of-others.spec.ts).
 * `origin` is the address by which the reader knows this server.
 */
export const firstLines = (origin: string): FirstLines[] => [
  {
    client: 'toot',
    install: 'apt-get install toot, or pip install toot',
    lines: [
      `toot login --instance ${origin}`,
      'toot timelines home --limit 5 --no-pager',
      'toot post "Hello from my terminal"',
    ],
  },
  {
    client: 'Mastodon.py',
    install: 'apt-get install python3-mastodon, or pip install Mastodon.py',
    lines: [
      `import mastodon; URL = "${origin}"; app = mastodon.Mastodon(*mastodon.Mastodon.create_app("My app", api_base_url=URL), api_base_url=URL)`,
      'print(app.auth_request_url()); app.log_in(code=input("Code: "))',
      'app.status_post("Hello from Python")',
    ],
  },
];
