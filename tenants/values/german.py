"""The server's own texts for people, in German; the app's are in ``frontend_demo/src/texts``, Django brings its own."""

from typing import Final

GERMAN: Final = {
    # Sign-in
    "Sign in": "Anmelden",
    "Sign out": "Abmelden",
    "Name": "Name",
    "Password": "Passwort",
    "To the orders": "Zu den Bestellungen",
    "You are signed in as <strong>{name}</strong> at <strong>{tenant}</strong>.": (
        "Du bist als <strong>{name}</strong> bei <strong>{tenant}</strong> angemeldet."
    ),
    "You are signed in as <strong>{name}</strong>.": "Du bist als <strong>{name}</strong> angemeldet.",
    "You belong to no tenant. An admin of a tenant can invite you.": (
        "Du gehörst zu keinem Mandanten. Wer einen Mandanten verwaltet, kann dich einladen."
    ),
    "Switch to {tenant}": "Zu {tenant} wechseln",
    "Programs use a token instead. An administrator can create one.": (
        "Programme verwenden stattdessen ein Token. Die Verwaltung kann eines erstellen."
    ),
    "The name or the password is wrong. Capital and small letters differ.": (
        "Der Name oder das Passwort ist falsch. Groß- und Kleinschreibung zählt."
    ),
    "Too many failed attempts. Try again in %(retry_after)s s.": (
        "Zu viele Versuche sind gescheitert. Versuche es in %(retry_after)s s wieder."
    ),
    "Too many people are signing in. Try again in %(retry_after)s s.": (
        "Zu viele Personen melden sich gerade an. Versuche es in %(retry_after)s s wieder."
    ),
    # Invitations
    "Join": "Beitreten",
    "This link does not work any more: it was used, withdrawn, or it has expired. Ask for a new one.": (
        "Dieser Link gilt nicht mehr: Er wurde benutzt, zurückgezogen oder ist abgelaufen. Bitte um einen neuen."
    ),
    "You are invited to <strong>{tenant}</strong> as {role}.": (
        "Du bist zu <strong>{tenant}</strong> eingeladen, mit der Rolle {role}."
    ),
    "viewer": "Lesend",
    "operator": "Bearbeitend",
    "auditor": "Prüfend",
    "admin": "Verwaltend",
    "Join as {name}": "Als {name} beitreten",
    "E-mail (optional)": "E-Mail (freiwillig)",
    "Create an account and join": "Konto anlegen und beitreten",
    'You have an account? <a href="{login}?next={path}">Sign in</a>, then join.': (
        'Du hast ein Konto? <a href="{login}?next={path}">Melde dich an</a>, dann tritt bei.'
    ),
    # The admin's tenant
    "Select a tenant": "Mandanten wählen",
    "The admin shows one tenant at a time. Choose a tenant:": (
        "Die Verwaltung zeigt einen Mandanten zur Zeit. Wähle einen:"
    ),
    "chosen": "gewählt",
    "You belong to no tenant. An administrator can add you to one.": (
        "Du gehörst zu keinem Mandanten. Die Verwaltung kann dich einem hinzufügen."
    ),
    # Refusals
    "Bad Request": "Ungültige Anfrage",
    "Forbidden": "Nicht erlaubt",
    "Not Found": "Nicht gefunden",
    "Internal Server Error": "Fehler des Servers",
    "Service Unavailable": "Nicht verfügbar",
    "The request can't be understood.": "Die Anfrage ist nicht zu verstehen.",
    "You may not do this.": "Das darfst du nicht.",
    "Nothing is at this address.": "Unter dieser Adresse ist nichts.",
    "An error occurred in the server. Report the request id if it happens again.": (
        "Im Server ist ein Fehler aufgetreten. Nenne die Nummer der Anfrage, wenn es wieder geschieht."
    ),
    "The service is not available at the moment. Try again.": (
        "Der Dienst ist gerade nicht verfügbar. Versuche es wieder."
    ),
    "The server has logged the request under <code>{request_id}</code>.": (
        "Der Server hat die Anfrage unter <code>{request_id}</code> protokolliert."
    ),
    "Try again": "Erneut versuchen",
}
"""By the English text."""
