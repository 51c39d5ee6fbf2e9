import { PostAs } from '#app/welcome/post-as.tsx';

/** Home without an account: the next step, not a blank page. */
export function ChooseAccount() {
  return (
    <div className="mx-auto max-w-xl px-6 py-20 text-center">
      <h1 className="font-semibold text-2xl tracking-tight">Who are you today?</h1>
      <p className="mt-2 mb-6 text-muted">
        A home timeline belongs to somebody. Pick one of these, or press <kbd className="key">a</kbd> for all
        demo accounts. No form, no password.
      </p>
      <PostAs />
    </div>
  );
}
