import { useOrderDrawer } from "../app/overlay";
import { texts } from "../texts";
import type { DeadLetter } from "./useLab";

export function DeadLetters({ letters, retry }: { letters: readonly DeadLetter[]; retry: ((letters: readonly DeadLetter[]) => Promise<void>) | undefined }) {
  const { open } = useOrderDrawer();
  return (
    <section className="panel letters" aria-labelledby="lab-letters">
      <h2 id="lab-letters">{texts.lab.letters}</h2>
      <p className="quiet">{texts.lab.letterHint}</p>
      <ul>
        {letters.map((letter) => {
          const { number } = letter.event.order;
          return (
            <li key={letter.id}>
              <button type="button" className="link number" onClick={() => open(number)}>
                {number}
              </button>
              <span>{texts.lab.letterAfter(texts.receiver[letter.receiver.replace(/:.*/, "")] ?? letter.receiver, letter.attempts)}</span>
              {retry && (
                <button type="button" aria-label={texts.lab.retryOne(number)} onClick={() => void retry([letter])}>
                  {texts.order.retry}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
