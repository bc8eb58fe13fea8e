import { type InputHTMLAttributes, type ReactNode, useId } from "react";

interface Control {
  readonly id: string;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string | undefined;
}

interface LabelledProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error: string | undefined;
  readonly className?: string;
  readonly children: (control: Control) => ReactNode;
}

/** A label above an input, a select or a text area, and below it a hint and the server's error about its value. */
export function Labelled({ label, hint, error, className = "", children }: LabelledProps) {
  const id = useId();
  const described = [error === undefined ? "" : `${id}-error`, hint ? `${id}-hint` : ""].filter(Boolean).join(" ");
  return (
    <div className={`field ${className}`}>
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-invalid": error !== undefined, "aria-describedby": described || undefined })}
      {error !== undefined && (
        <p className="error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint && (
        <p className="quiet" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value"> {
  readonly label: string;
  readonly hint?: string | undefined;
  /** In the server's `userErrors`, such as `lines.0.quantity`. */
  readonly path: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly change: (value: string) => void;
}

export function Field({ label, hint, path, value, error, change, className = "", ...input }: Props) {
  return (
    <Labelled label={label} hint={hint} error={error} className={className}>
      {(control) => <input autoComplete="off" {...input} {...control} name={path} value={value} onChange={(event) => change(event.target.value)} />}
    </Labelled>
  );
}
