/** Who belongs to the tenant, with which role, and who is invited. */
import { useState } from "react";
import { useQuery } from "urql";
import type { InvitationsQuery, MemberRole, MembersQuery } from "../api/generated";
import { Dialog } from "../components/Dialog";
import { Field, Labelled } from "../components/Field";
import { exact } from "../format/format";
import { withoutError } from "../api/refusals";
import { toast } from "../components/toasts";
import { settingsTexts } from "../texts/settings";
import { ChangeMemberRoleDocument, InvitationsDocument, InviteMemberDocument, MembersDocument, RemoveMemberDocument, WithdrawInvitationDocument } from "../api/generatedSettings";
import { Confirm, Form, More, Secret, waiting } from "./parts/parts";
import { usePaged } from "./parts/usePaged";
import { useAct, useSend } from "./parts/useSend";

type Member = MembersQuery["members"]["nodes"][number];
type Invitation = InvitationsQuery["invitations"][number];

const words = settingsTexts.members;
const ROLES = Object.keys(words.role) as readonly MemberRole[];

export function MembersTab() {
  const { rows, error, more, refresh } = usePaged(MembersDocument, {}, ({ members }) => members);
  const [{ data }, askInvitations] = useQuery({ query: InvitationsDocument, requestPolicy: "network-only" });
  const actOnMembers = useAct(refresh);
  const actOnInvitations = useAct(askInvitations);
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<string>();
  const [leaving, setLeaving] = useState<Member>();
  return (
    <>
      <div className="tab-heading">
        <p className="quiet">{words.lead}</p>
        <button type="button" className="primary" onClick={() => setInviting(true)}>
          {words.invite}
        </button>
      </div>
      {waiting(rows, error, refresh) ?? <Members members={rows ?? []} remove={setLeaving} changed={refresh} />}
      <More more={more} />
      {data && data.invitations.length > 0 && <Invitations invitations={data.invitations} withdraw={({ id, name }) => void actOnInvitations(WithdrawInvitationDocument, { id }, words.withdrawn(name))} />}
      {inviting && (
        <Invite
          close={() => setInviting(false)}
          made={(path) => {
            setInviting(false);
            setLink(window.location.origin + path);
            askInvitations();
          }}
        />
      )}
      {link !== undefined && <Secret title={words.link} explanation={words.linkHint} text={link} close={() => setLink(undefined)} />}
      {leaving && (
        <Confirm
          title={words.removeTitle(leaving.name)}
          warning={words.removeWarning}
          button={words.remove}
          close={() => setLeaving(undefined)}
          confirm={() => void actOnMembers(RemoveMemberDocument, { name: leaving.name }, words.removed(leaving.name))}
        />
      )}
    </>
  );
}

function Members({ members, remove, changed }: { members: readonly Member[]; remove: (member: Member) => void; changed: () => void }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{words.name}</th>
          <th scope="col">{words.email}</th>
          <th scope="col">{words.roleOf}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {members.map((member) => (
          <tr key={member.name} data-member={member.name}>
            <th scope="row">
              {member.fullName ?? member.name}
              {member.fullName && <span className="quiet">{member.name}</span>}
              {member.isViewer && <span className="badge">{words.you}</span>}
              {!member.isActive && (
                <span className="badge" data-tone="warn">
                  {words.inactive}
                </span>
              )}
            </th>
            <td data-label={words.email}>{member.email ?? "–"}</td>
            <td data-label={words.roleOf}>
              <Role member={member} changed={changed} />
            </td>
            <td className="row-actions">
              <button type="button" className="danger" aria-label={words.removeOne(member.name)} onClick={() => remove(member)}>
                {words.remove}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The role counts as soon as it is chosen; a refusal is shown below it. */
function Role({ member: { name, role }, changed }: { member: Member; changed: () => void }) {
  const { send, sending, errors } = useSend(ChangeMemberRoleDocument);
  const change = async (to: MemberRole) => {
    if (!(await send({ input: { name, role: to } }))) return;
    toast(words.changed(name, words.role[to]), "good");
    changed();
  };
  const said = errors.others.map((message) => message.replace(/^(name|role): /, "")).join(" ");
  return (
    <Labelled label={words.roleOfMember(name)} error={said || undefined} className="bare">
      {(control) => (
        <select {...control} value={role} aria-disabled={sending} onChange={({ target }) => void change(target.value as MemberRole)}>
          {ROLES.map((one) => (
            <option key={one} value={one}>
              {words.role[one]}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

function Invitations({ invitations, withdraw }: { invitations: readonly Invitation[]; withdraw: (invitation: Invitation) => void }) {
  return (
    <>
      <h2>{words.invitations}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.name}</th>
            <th scope="col">{words.roleOf}</th>
            <th scope="col">{words.by}</th>
            <th scope="col">{words.until}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {invitations.map((invitation) => (
            <tr key={invitation.id}>
              <th scope="row">{invitation.name}</th>
              <td data-label={words.roleOf}>{words.role[invitation.role]}</td>
              <td data-label={words.by}>{invitation.createdBy}</td>
              <td data-label={words.until}>{exact(invitation.expiresAt)}</td>
              <td className="row-actions">
                <button type="button" aria-label={words.withdrawOne(invitation.name)} onClick={() => withdraw(invitation)}>
                  {words.withdraw}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Invite({ close, made }: { close: () => void; made: (path: string) => void }) {
  const { send, sending, errors, show } = useSend(InviteMemberDocument, ["name", "role"]);
  const [name, setName] = useState("");
  const [role, setRole] = useState<MemberRole>("OPERATOR");
  const submit = async () => {
    const path = (await send({ input: { name, role } }))?.inviteMember.path;
    if (path) made(path);
  };
  return (
    <Dialog title={words.invite} close={close}>
      <Form errors={errors} sending={sending} button={words.makeLink} close={close} submit={() => void submit()}>
        <Field
          path="name"
          label={words.whom}
          hint={words.whomHint}
          value={name}
          error={errors.fields.get("name")}
          data-focus
          change={(value) => {
            setName(value);
            show(withoutError(errors, "name"));
          }}
        />
        <Labelled label={words.roleOf} hint={words.may[role]} error={errors.fields.get("role")}>
          {(control) => (
            <select
              {...control}
              value={role}
              onChange={({ target }) => {
                setRole(target.value as MemberRole);
                show(withoutError(errors, "role"));
              }}
            >
              {ROLES.map((one) => (
                <option key={one} value={one}>
                  {words.role[one]}
                </option>
              ))}
            </select>
          )}
        </Labelled>
      </Form>
    </Dialog>
  );
}
