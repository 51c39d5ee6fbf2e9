/** Says why the last act of the lab was not done; nothing when it was done. */
export function NotDone({ problem }: { problem: string }) {
  if (problem === '') return null;
  return (
    <p role="alert" className="mt-2 w-full text-bad text-sm">
      Not done: {problem}
    </p>
  );
}
