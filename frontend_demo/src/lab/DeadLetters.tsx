import { useOrderDrawer } from "../browser/overlay";
import { texts } from "../texts";
import type { DeadLetter } from "./state/useLab";

export function DeadLetters({ letters, all, retry }: { letters: readonly DeadLetter[]; all: number; retry: ((letters: readonly DeadLetter[]) => Promise<void>) | undefined }) {
  const { open } = useOrderDrawer();
  return (
    <section className="panel letters" aria-labelledby="lab-letters">
      <h2 id="lab-letters">{texts.lab.letters}</h2>
      <p className="quiet">
        {texts.lab.letterHint} {all > letters.length && texts.lab.newestLetters(letters.length, all)}
      </p>
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
