"""What the sample messages are made of. Nobody in here exists; surnames mean "sample" or "test"."""

from __future__ import annotations

from typing import Final

import msgspec


class Course(msgspec.Struct, frozen=True):
    """How one vaccine was given: first dose from a day on, days between doses, and a precaution."""

    vaccine: str
    manufacturer: str
    first_day: str
    total_doses: int
    interval_days: int
    precaution_days: int | None = None


# Vaccines for which the EU has no code: no EU certificate can tell of them.
WITHOUT_EU_CODE: Final = frozenset(
    {"ZyCoV-D", "CORBEVAX", "GEMCOVAC-19", "GEMCOVAC-OM", "iNCOVACC"}
)


class State(msgspec.Struct, frozen=True):
    """A state or union territory with one of its districts and a pin code there."""

    name: str
    district: str
    pincode: int


COURSES: Final = (
    Course("COVISHIELD", "Serum Institute of India", "2021-06-01", 2, 90, 280),
    Course("COVAXIN", "Bharat Biotech", "2021-05-10", 2, 30, 275),
    Course("SPUTNIK V", "Dr. Reddy's Laboratories", "2021-07-01", 2, 25, 274),
    Course("ZyCoV-D", "Zydus Cadila", "2022-05-02", 2, 28),
    Course("COVOVAX", "Serum Institute of India", "2022-03-20", 2, 21, 200),
    Course("CORBEVAX", "Biological E", "2022-03-16", 2, 28, 190),
    Course("GEMCOVAC-19", "Gennova Biopharmaceuticals", "2022-07-15", 2, 28),
    Course("iNCOVACC", "Bharat Biotech", "2023-02-01", 2, 28, 190),
    Course("SPUTNIK LIGHT", "Dr. Reddy's Laboratories", "2022-03-01", 1, 0),
    # Names that are not their maker's as well: a legacy signature cannot tell the two apart.
    Course("JCOVDEN", "Janssen-Cilag International", "2021-09-01", 1, 0),
    Course("SPIKEVAX", "Moderna Biotech Spain S.L.", "2021-08-01", 2, 28),
)

STATES: Final = (
    State("Andhra Pradesh", "Guntur", 522001),
    State("Arunachal Pradesh", "Papum Pare", 791111),
    State("Assam", "Kamrup Metropolitan", 781001),
    State("Bihar", "Patna", 800001),
    State("Chhattisgarh", "Raipur", 492001),
    State("Goa", "North Goa", 403001),
    State("Gujarat", "Ahmedabad", 380001),
    State("Haryana", "Gurugram", 122001),
    State("Himachal Pradesh", "Shimla", 171001),
    State("Jharkhand", "Ranchi", 834001),
    State("Karnataka", "Bengaluru Urban", 560001),
    State("Kerala", "Thiruvananthapuram", 695001),
    State("Madhya Pradesh", "Bhopal", 462001),
    State("Maharashtra", "Pune", 411001),
    State("Manipur", "Imphal West", 795001),
    State("Meghalaya", "East Khasi Hills", 793001),
    State("Mizoram", "Aizawl", 796001),
    State("Nagaland", "Kohima", 797001),
    State("Odisha", "Khordha", 751001),
    State("Punjab", "Ludhiana", 141001),
    State("Rajasthan", "Jaipur", 302001),
    State("Sikkim", "East Sikkim", 737101),
    State("Tamil Nadu", "Chennai", 600001),
    State("Telangana", "Hyderabad", 500001),
    State("Tripura", "West Tripura", 799001),
    State("Uttar Pradesh", "Lucknow", 226001),
    State("Uttarakhand", "Dehradun", 248001),
    State("West Bengal", "Kolkata", 700001),
    State("Andaman and Nicobar Islands", "South Andaman", 744101),
    State("Chandigarh", "Chandigarh", 160017),
    State("Dadra and Nagar Haveli and Daman and Diu", "Daman", 396210),
    State("Delhi", "New Delhi", 110001),
    State("Jammu and Kashmir", "Srinagar", 190001),
    State("Ladakh", "Leh", 194101),
    State("Lakshadweep", "Lakshadweep", 682555),
    State("Puducherry", "Puducherry", 605001),
)

FEMALE_NAMES: Final = ("Asha", "Bina", "Chitra", "Deepa", "Esha", "Farida", "Gita", "Hema")
MALE_NAMES: Final = ("Arun", "Bala", "Chetan", "Dev", "Eknath", "Farhan", "Gopal", "Hari")
SURNAMES: Final = ("Namuna", "Udaharan", "Parikshan", "Drishtant", "Pariksha", "Maadhiri")

# One of each type beside those that everybody here has, none of which can be given to anybody.
IDENTITIES: Final = (
    "did:PAN Card:XXXXX0000X",
    "did:Pension Passbook:000000000001",
    "did:NPR Smart Card:XX0000000001",
    "did:Unique Disability ID:XX0000000000000001",
    "Ration Card # XX00000001",
    "did:Service Identity Card:XX0001",
    "did:Student ID:XX0001",
    "did:MNREGA Job Card:XX-00-000-000-000/1",
    "did:Passbook:000000000",
    "did:Library Card:XX0001",
)
# As long as a SMART Health Card takes it.
LONG_CENTRE: Final = (
    "Sample Primary Health Centre, Opposite the Old Sample Stand, Third Floor, Vaccination Hall S"
)

UNUSUAL_NAMES: Final = (
    'Asha "Ashu" Namuna',
    "Brian O'Namuna",
    "D’Souza-Udaharan, María",
    "Namuna\\Udaharan",
    "<b>Gita</b> & Namuna",
    "{{recipient.name}} Namuna",
    "आशा नमूना",
    "श्री क्षेत्रज्ञ परीक्षण",
    "மாதிரி பரிசோதனை",
    "স্যাম্পল নমুনা",
    "نمونہ آزمائش",
    "Asha Namuna 🙏🏽",
    "S. Namuna",
    "Namuna",
    "Venkatanarasimharajuvaripeta " * 4 + "Namuna",
    "Zoë Ñamuna Ødegård-Łukasiewicz",
)

# What some of them confirmed as the name in their passport: family name and given name.
LATIN_NAMES: Final = {
    "Brian O'Namuna": ("ONAMUNA", "BRIAN"),
    "D’Souza-Udaharan, María": ("DSOUZA<UDAHARAN", "MARIA"),
    "आशा नमूना": ("NAMUNA", "ASHA"),
    "மாதிரி பரிசோதனை": ("PARISOTHANAI", "MATHIRI"),
    "نمونہ آزمائش": ("AZMAISH", "NAMUNA"),
    "Namuna": ("NAMUNA", None),
    "Zoë Ñamuna Ødegård-Łukasiewicz": ("NAMUNA<OEDEGAARD<LUKASIEWICZ", "ZOE"),
}
