/** Sends the mutation of a form: its errors by field, and never twice at once. */
import type { AnyVariables, CombinedError, TypedDocumentNode } from "@urql/core";
import { troubleOf } from "orders-client";
import { useRef, useState } from "react";
import { useClient } from "urql";
import { type FormErrors, NO_ERRORS, byField } from "../../api/refusals";
import { toast } from "../../components/toasts";
import { refusalText, troubleText } from "../../texts";
import type { Refusal } from "../../texts/en/refusals";

/** The answer of one mutation. */
export type Answer = Readonly<Record<string, { readonly userErrors: readonly Refusal[] }>>;

export interface Sender<Data, Variables> {
  /** The answer, if there are no errors; each error is in `errors` then. */
  readonly send: (variables: Variables) => Promise<Data | undefined>;
  readonly sending: boolean;
  readonly errors: FormErrors;
  readonly show: (errors: FormErrors) => void;
}

/** `fields` are the first names of the paths that the form shows errors at. */
export function useSend<Data extends Answer, Variables extends AnyVariables>(document: TypedDocumentNode<Data, Variables>, fields: readonly string[] = []): Sender<Data, Variables> {
  const client = useClient();
  const [errors, show] = useState(NO_ERRORS);
  const [sending, setSending] = useState(false);
  const busy = useRef(false);
  const send = async (variables: Variables) => {
    if (busy.current) return undefined; // a second click while the first is on its way
    busy.current = true;
    setSending(true);
    const { data, error } = await client.mutation(document, variables).toPromise();
    busy.current = false;
    setSending(false);
    const found = byField(data ? refusalsOf(data) : failureOf(error), (path) => fields.find((field) => field === path.split(".")[0]));
    show(found);
    return data && isEmpty(found) ? data : undefined;
  };
  return { send, sending, errors, show };
}

const isEmpty = ({ fields, others }: FormErrors) => fields.size === 0 && others.length === 0;

const refusalsOf = (answer: Answer): readonly Refusal[] => Object.values(answer).flatMap(({ userErrors }) => userErrors.map((error) => ({ ...error, field: error.field?.[0] === "id" ? null : error.field })));

/** A variable of a wrong type is an error of the whole request, with its path: `["input", "where", …]`. */
function failureOf(error: CombinedError | undefined): readonly Refusal[] {
  const path = error?.graphQLErrors[0]?.extensions["inputPath"];
  if (error && Array.isArray(path) && path[0] === "input") return [{ field: path.slice(1).map(String), message: error.graphQLErrors[0]?.message ?? "" }];
  return [{ field: null, message: troubleText(error ? troubleOf(error) : { kind: "unanswered", reason: "" }) }];
}

/** Sends mutations of buttons: toasts say what was done, or what is wrong. */
export function useAct(refresh: () => void) {
  const client = useClient();
  return async function act<Data extends Answer, Variables extends AnyVariables>(document: TypedDocumentNode<Data, Variables>, variables: Variables, done: string): Promise<Data | undefined> {
    const { data, error } = await client.mutation(document, variables).toPromise();
    const wrong = (data ? refusalsOf(data) : failureOf(error)).map(refusalText).join(" ");
    toast(wrong || done, wrong ? "bad" : "good");
    refresh();
    return wrong ? undefined : data;
  };
}
