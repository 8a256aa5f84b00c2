"""Who they are: the people with a sign-in, and the names of the others."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from portal.models import StaffRole

PASSWORD = "two cups on the table"
ZONE = ZoneInfo("America/Chicago")


@dataclass(frozen=True)
class Person:
    """Somebody with a sign-in."""

    email: str
    given_name: str
    family_name: str
    who: str
    language: str = "en"

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


SAM = Person("sam@example.org", "Sam", "Rivera", "person in treatment, shares with Dana and Alex")
ROBIN = Person("robin@example.org", "Robin", "Rivera", "person in treatment, shares times with Dana")
MAYA = Person("maya@example.org", "Maya", "Delgado", "person in treatment, 16, signed together with Rosa")
DANA = Person("dana@example.org", "Dana", "Rivera", "mother of Sam and of Robin")
ALEX = Person("alex@example.org", "Alex", "Rivera", "Sam’s husband, shares a mailbox")
JO = Person("jo@example.org", "Jo", "Rivera", "Sam’s daughter, asked and waits")
PAT = Person("pat@example.org", "Pat", "Rivera", "Sam’s father; sharing ended yesterday")
ROSA = Person("rosa@example.org", "Rosa", "Delgado", "Maya’s mother, reads Spanish", "es")
# Nobody has invited him yet, so he has no sign-in.
JOEL = Person("joel@example.org", "Joel", "Abara", "brother of Grace Abara, who signed a form on paper for him")
PRIYA = Person("priya@riverbend.example", "Priya", "Nair", "family coordinator")
BEN = Person("ben@riverbend.example", "Ben", "Osei", "family therapist")
LEE = Person("lee@riverbend.example", "Lee", "Tran", "family therapist")
RUTH = Person("ruth@riverbend.example", "Ruth", "Klein", "privacy officer")
TOMAS = Person("tomas@riverbend.example", "Tomás", "Ruiz", "clinic IT")

PATIENTS = (SAM, ROBIN, MAYA)
RELATIVES = (DANA, ALEX, JO, PAT, ROSA)
STAFF = {
    PRIYA: [StaffRole.COORDINATOR],
    BEN: [StaffRole.THERAPIST],
    LEE: [StaffRole.THERAPIST],
    RUTH: [StaffRole.PRIVACY_OFFICER],
    TOMAS: [StaffRole.ADMIN],
}

# Names that break careless pages: long, right to left, apostrophes, emoji, markup.
OTHERS_IN_TREATMENT = (
    "T. Boyd",
    "M. Cole",
    "Siobhán O’Brien-McAllister",
    "نور الهاشمي",
    "Wolfeschlegelsteinhausenbergerdorff Hubert",
    "Bao Nguyễn",
    "<b>Kim</b> Park",
    "Zoë 🌻 Lindqvist",
    "Ada Okafor",
    "Luis Ortega",
    "Mei Chen",
    "Ivan Petrov",
    "Grace Abara",
    "Noah Stein",
    "Elif Kaya",
    "Omar Haddad",
    "Ines Duarte",
    "Jack Doyle",
    "Tara Singh",
    "Hugo Blanc",
    "Nia Mensah",
    "Petra Novak",
)
