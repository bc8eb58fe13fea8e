import { type RefObject, useEffect, useRef, useState } from "react";

const TYPING_MS = 250;

interface Props {
  readonly className?: string;
  readonly type?: "search" | "text" | "date";
  readonly inputMode?: "decimal" | "text";
  readonly id?: string;
  readonly label?: string;
  readonly hint?: string;
  readonly value: string;
  readonly commit: (value: string) => void;
  readonly maxLength?: number;
  readonly valid?: (value: string) => boolean;
  readonly problem?: string;
  readonly field?: RefObject<HTMLInputElement | null>;
}

/** A field whose value counts once the typing pauses, if it is valid. */
export function Typed({ type = "text", inputMode = "text", label, hint, value, commit, valid = () => true, problem, field, ...rest }: Props) {
  const [typed, setTyped] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isBad = typed !== "" && !valid(typed.trim());
  useEffect(() => setTyped((now) => (now.trim() === value ? now : value)), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (next: string) => {
    setTyped(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (next === "" || valid(next.trim())) && commit(next.trim()), TYPING_MS);
  };
  return (
    <input
      {...rest}
      ref={field}
      type={type}
      inputMode={inputMode}
      aria-label={label}
      placeholder={hint}
      autoComplete="off"
      value={typed}
      aria-invalid={isBad}
      title={isBad ? problem : undefined}
      onChange={({ target }) => change(target.value)}
    />
  );
}
