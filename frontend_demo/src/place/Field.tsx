import { type InputHTMLAttributes, useId } from "react";

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value"> {
  readonly label: string;
  /** In the server's `userErrors`, such as `lines.0.quantity`. */
  readonly path: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly change: (value: string) => void;
}

/** A label above its input, and below it the server's error about its value. */
export function Field({ label, path, value, error, change, className = "", ...input }: Props) {
  const id = useId();
  return (
    <div className={`field ${className}`}>
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        name={path}
        value={value}
        autoComplete="off"
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        onChange={(event) => change(event.target.value)}
      />
      {error !== undefined && (
        <p className="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
