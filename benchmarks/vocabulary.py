"""The generator's own words: cities, short names, trades, titles, legal forms. Written for this file alone.

The engine's lists (`rules/lists`) are not used on purpose: a benchmark whose nicknames and legal forms came from them
would only measure that the engine knows its own lists.
"""

from typing import Final

NICKNAMES: Final[dict[str, tuple[str, ...]]] = {
    "Abigail": ("Abby",),
    "Alexander": ("Alex", "Sasha"),
    "Alexandra": ("Alex", "Sandy"),
    "Amanda": ("Mandy",),
    "Andrew": ("Andy", "Drew"),
    "Angela": ("Angie",),
    "Anthony": ("Tony",),
    "Barbara": ("Barb", "Barbie"),
    "Benjamin": ("Ben", "Benny"),
    "Bradley": ("Brad",),
    "Catherine": ("Cathy", "Cate"),
    "Charles": ("Charlie", "Chuck"),
    "Christina": ("Tina", "Chris"),
    "Christine": ("Chris", "Chrissy"),
    "Christopher": ("Chris", "Topher"),
    "Cynthia": ("Cindy",),
    "Daniel": ("Dan", "Danny"),
    "David": ("Dave", "Davey"),
    "Deborah": ("Debbie", "Deb"),
    "Donald": ("Don", "Donnie"),
    "Douglas": ("Doug",),
    "Edward": ("Ed", "Ted", "Eddie"),
    "Elizabeth": ("Liz", "Beth", "Betsy"),
    "Gregory": ("Greg",),
    "Jacob": ("Jake",),
    "Jacqueline": ("Jackie",),
    "James": ("Jim", "Jimmy"),
    "Jeffrey": ("Jeff",),
    "Jennifer": ("Jen", "Jenny"),
    "Jessica": ("Jess", "Jessie"),
    "John": ("Jack", "Johnny"),
    "Jonathan": ("Jon",),
    "Joseph": ("Joe", "Joey"),
    "Joshua": ("Josh",),
    "Katherine": ("Kate", "Katie", "Kathy"),
    "Kathleen": ("Kathy",),
    "Kenneth": ("Ken", "Kenny"),
    "Kimberly": ("Kim",),
    "Lawrence": ("Larry",),
    "Margaret": ("Maggie", "Peggy"),
    "Matthew": ("Matt",),
    "Megan": ("Meg",),
    "Melissa": ("Missy", "Mel"),
    "Michael": ("Mike", "Mick"),
    "Michelle": ("Shelly",),
    "Nathan": ("Nate",),
    "Nicholas": ("Nick", "Nicky"),
    "Pamela": ("Pam",),
    "Patricia": ("Pat", "Patty", "Trish"),
    "Patrick": ("Pat", "Paddy"),
    "Peter": ("Pete",),
    "Philip": ("Phil",),
    "Raymond": ("Ray",),
    "Rebecca": ("Becky",),
    "Richard": ("Rick", "Dick", "Rich"),
    "Robert": ("Bob", "Rob", "Bobby"),
    "Ronald": ("Ron", "Ronnie"),
    "Samantha": ("Sam",),
    "Samuel": ("Sam", "Sammy"),
    "Sandra": ("Sandy",),
    "Stephanie": ("Steph",),
    "Stephen": ("Steve",),
    "Steven": ("Steve",),
    "Susan": ("Sue", "Susie"),
    "Theresa": ("Terry", "Tess"),
    "Thomas": ("Tom", "Tommy"),
    "Timothy": ("Tim",),
    "Victoria": ("Vicky", "Tori"),
    "William": ("Bill", "Will", "Billy"),
    "Zachary": ("Zach",),
}

# City, state, the three digits that its ZIP codes begin with, its area codes, how many people (100,000s, at least 2).
CITIES: Final[tuple[tuple[str, str, str, tuple[int, ...], int], ...]] = (
    ("New York", "NY", "100", (212, 646, 917, 332), 85),
    ("Los Angeles", "CA", "900", (213, 323), 39),
    ("Chicago", "IL", "606", (312, 773, 872), 27),
    ("Houston", "TX", "770", (713, 281, 832), 23),
    ("Phoenix", "AZ", "850", (602, 480, 623), 16),
    ("Philadelphia", "PA", "191", (215, 267), 16),
    ("San Antonio", "TX", "782", (210,), 15),
    ("San Diego", "CA", "921", (619, 858), 14),
    ("Dallas", "TX", "752", (214, 469, 972), 13),
    ("San Jose", "CA", "951", (408,), 10),
    ("Austin", "TX", "787", (512,), 10),
    ("Jacksonville", "FL", "322", (904,), 9),
    ("Fort Worth", "TX", "761", (817, 682), 9),
    ("Columbus", "OH", "432", (614,), 9),
    ("Charlotte", "NC", "282", (704, 980), 9),
    ("Indianapolis", "IN", "462", (317, 463), 9),
    ("San Francisco", "CA", "941", (415, 628), 8),
    ("Seattle", "WA", "981", (206,), 7),
    ("Denver", "CO", "802", (303, 720), 7),
    ("Washington", "DC", "200", (202,), 7),
    ("Boston", "MA", "021", (617, 857), 7),
    ("El Paso", "TX", "799", (915,), 7),
    ("Nashville", "TN", "372", (615, 629), 7),
    ("Oklahoma City", "OK", "731", (405,), 7),
    ("Detroit", "MI", "482", (313,), 6),
    ("Portland", "OR", "972", (503, 971), 6),
    ("Las Vegas", "NV", "891", (702, 725), 6),
    ("Memphis", "TN", "381", (901,), 6),
    ("Louisville", "KY", "402", (502,), 6),
    ("Baltimore", "MD", "212", (410, 443), 6),
    ("Milwaukee", "WI", "532", (414,), 6),
    ("Albuquerque", "NM", "871", (505,), 6),
    ("Tucson", "AZ", "857", (520,), 5),
    ("Fresno", "CA", "937", (559,), 5),
    ("Sacramento", "CA", "958", (916,), 5),
    ("Kansas City", "MO", "641", (816,), 5),
    ("Atlanta", "GA", "303", (404, 470, 678), 5),
    ("Omaha", "NE", "681", (402,), 5),
    ("Colorado Springs", "CO", "809", (719,), 5),
    ("Raleigh", "NC", "276", (919,), 5),
    ("Miami", "FL", "331", (305, 786), 5),
    ("Virginia Beach", "VA", "234", (757,), 5),
    ("Oakland", "CA", "946", (510,), 4),
    ("Minneapolis", "MN", "554", (612,), 4),
    ("Tulsa", "OK", "741", (918,), 4),
    ("Tampa", "FL", "336", (813,), 4),
    ("New Orleans", "LA", "701", (504,), 4),
    ("Wichita", "KS", "672", (316,), 4),
    ("Cleveland", "OH", "441", (216,), 4),
    ("Honolulu", "HI", "968", (808,), 4),
    ("Anchorage", "AK", "995", (907,), 3),
    ("Cincinnati", "OH", "452", (513,), 3),
    ("St. Louis", "MO", "631", (314,), 3),
    ("Pittsburgh", "PA", "152", (412,), 3),
    ("Orlando", "FL", "328", (407,), 3),
    ("Buffalo", "NY", "142", (716,), 3),
    ("Newark", "NJ", "071", (973,), 3),
    ("Salt Lake City", "UT", "841", (801,), 2),
    ("Richmond", "VA", "232", (804,), 2),
    ("Boise", "ID", "837", (208,), 2),
    ("Des Moines", "IA", "503", (515,), 2),
    ("Spokane", "WA", "992", (509,), 2),
    ("Birmingham", "AL", "352", (205,), 2),
    ("Little Rock", "AR", "722", (501,), 2),
    ("Providence", "RI", "029", (401,), 2),
    ("Charleston", "SC", "294", (843,), 2),
    ("Charleston", "WV", "253", (304,), 2),
    ("Hartford", "CT", "061", (860,), 2),
    ("Jackson", "MS", "392", (601,), 2),
    ("Portland", "ME", "041", (207,), 2),
    ("Burlington", "VT", "054", (802,), 2),
    ("Manchester", "NH", "031", (603,), 2),
    ("Sioux Falls", "SD", "571", (605,), 2),
    ("Fargo", "ND", "581", (701,), 2),
    ("Billings", "MT", "591", (406,), 2),
    ("Cheyenne", "WY", "820", (307,), 2),
    ("Wilmington", "DE", "198", (302,), 2),
    ("Springfield", "IL", "627", (217,), 2),
    ("Springfield", "MA", "011", (413,), 2),
    ("Springfield", "MO", "658", (417,), 2),
)
SUBURB_ENDINGS: Final = ("ville", "ton", "field", "dale", " Park", " Heights", " Springs", " Creek", " Hills", "burg")

STREET_NAMES: Final = (
    *("Main", "Oak", "Maple", "Cedar", "Park", "Pine", "Elm", "Washington", "Lake", "Hill", "Walnut", "Spring"),
    *("Ridge", "Church", "Willow", "Mill", "Sunset", "Railroad", "Jackson", "Cherry", "River", "Highland", "Forest"),
    *("Meadow", "Chestnut", "Franklin", "2nd", "3rd", "4th", "5th", "7th", "12th", "College", "Valley", "Prospect"),
)
# Long, short, short with a full stop.
STREET_TYPES: Final = (
    ("Street", "St", "St."),
    ("Avenue", "Ave", "Ave."),
    ("Road", "Rd", "Rd."),
    ("Drive", "Dr", "Dr."),
    ("Lane", "Ln", "Ln."),
    ("Court", "Ct", "Ct."),
    ("Boulevard", "Blvd", "Blvd."),
    ("Place", "Pl", "Pl."),
    ("Circle", "Cir", "Cir."),
    ("Way", "Way", "Way"),
)
DIRECTIONS: Final = (("North", "N", "N."), ("South", "S", "S."), ("East", "E", "E."), ("West", "W", "W."))
UNITS: Final = (" Apt ", " #", " Unit ", ", Apartment ")

FREE_MAIL: Final[dict[str, float]] = {
    "gmail.com": 0.42,
    "yahoo.com": 0.20,
    "hotmail.com": 0.10,
    "outlook.com": 0.07,
    "aol.com": 0.06,
    "icloud.com": 0.06,
    "comcast.net": 0.04,
    "msn.com": 0.02,
    "live.com": 0.02,
    "protonmail.com": 0.01,
}
HANDLE_STARTS: Final = (
    *("blue", "lucky", "night", "crazy", "happy", "silver", "rock", "star", "snow", "green", "wild", "sunny", "magic"),
    *("iron", "river", "red", "little", "big", "soccer", "guitar", "garden", "coffee"),
)
HANDLE_ENDS: Final = (
    *("fox", "cat", "rider", "girl", "dude", "mom", "dad", "fan", "wolf", "bird", "lover", "runner", "fish", "bear"),
    *("moon", "dog", "queen", "player", "chef", "dreamer"),
)
PLUS_TAGS: Final = ("news", "shop", "events", "work", "promo", "signup")

COMPANY_STARTS: Final = (
    *("North", "Bright", "Clear", "Stone", "Blue", "Silver", "Summit", "Iron", "Gold", "Green", "West", "East", "Fair"),
    *("Red", "High", "Long", "True", "Swift", "Oak", "River", "Light", "Sun", "Star", "Free", "New", "Grand", "Black"),
    *("Pine", "Ever", "Cross", "Bay", "Wind"),
)
COMPANY_ENDS: Final = (
    *("water", "field", "bridge", "gate", "point", "path", "stone", "light", "line", "wood", "mark", "way", "port"),
    *("land", "peak", "crest", "brook", "haven", "view", "works", "forge", "ridge", "well", "leaf"),
)
TRADES: Final = (
    *("Systems", "Consulting", "Logistics", "Foods", "Health", "Software", "Media", "Energy", "Partners", "Builders"),
    *("Capital", "Insurance", "Motors", "Plumbing", "Electric", "Dental", "Design", "Labs", "Freight", "Packaging"),
    *("Realty", "Security", "Textiles", "Robotics", "Analytics", "Printing", "Catering", "Travel", "Farms", "Steel"),
    *("Staffing", "Solutions", "Group", "Services", "Supply", "Manufacturing", "Technologies", "Pharmacy"),
)
# A legal form and how people write it after the name; "" is a firm without one, or one whose form was left out.
LEGAL_FORMS: Final = (
    (" Inc", " Inc.", ", Inc.", " Incorporated", ""),
    (" LLC", ", LLC", " L.L.C.", " llc", ""),
    (" Corp", " Corp.", " Corporation", ", Corp.", ""),
    (" Ltd", " Ltd.", " Limited", ", Ltd.", ""),
    (" Co", " Co.", " Company", " and Company", ""),
    ("", "", "", "", ""),
)
COMPANY_TLDS: Final[dict[str, float]] = {"com": 0.75, "net": 0.08, "org": 0.06, "io": 0.04, "us": 0.04, "biz": 0.03}

FUNCTIONS: Final = (
    *("Marketing", "Sales", "Finance", "Product", "Engineering", "Procurement", "Operations", "Support", "Research"),
    *("Quality", "Logistics", "IT", "Legal", "Communications", "Training", "Facilities", "Data", "Security", "HR"),
)
RANKS: Final = (
    *("{} Manager", "Senior {} Manager", "Head of {}", "Director of {}", "{} Specialist", "Senior {} Specialist"),
    *("{} Analyst", "{} Coordinator", "{} Consultant", "{} Assistant", "Vice President of {}", "{} Administrator"),
)
TITLE_SHORTS: Final = (("Vice President", "VP"), ("Senior", "Sr."), ("Manager", "Mgr"), ("Director", "Dir."))
