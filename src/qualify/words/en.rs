//! English.

use super::short::*;
use crate::qualify::lexicon::Row;

/// The table.
pub const ROWS: &[Row] = &[
    // How urgent.
    (
        &[Asap],
        "asap|a s a p|as soon as possible|soon as possible|as soon as you can|as soon as you are able|as early as possible|\
         as fast as possible|as quickly as possible|as quick as possible|quickly|fast|soonest|immediately|immediate|\
         with immediate effect|instantly|at once|right away|right now|straight away|straightaway|now|from now on|\
         starting now|urgent|urgently|very urgent|emergency|an emergency|earliest possible|earliest possible date|\
         at the earliest possible date|at the earliest opportunity|at your earliest convenience|earliest convenience|\
         at the earliest convenience|first available|first available date|next available|next available date|\
         next available slot|the sooner the better|sooner the better|sooner rather than later|soon|very soon|shortly|\
         without delay|no delay|yesterday|preferably yesterday|ready to start|ready to go|ready to buy|\
         high priority|top priority|rush|rush job|in a hurry|time critical|cannot wait|can t wait|cant wait|promptly|pronto",
    ),
    (
        &[Flexible],
        "flexible|fully flexible|totally flexible|i am flexible|we are flexible|flexible on timing|any time|anytime|\
         at any time|whenever|whenever you can|whenever it suits|whenever suits|whenever works|whenever it suits you|\
         when you have time|no rush|no hurry|no particular rush|no big rush|no great rush|no particular hurry|no great hurry|not in any rush|in no particular hurry|in no great hurry|just want a price|just a price|price only|not in a rush|not in a hurry|not in any hurry|in no rush|in no hurry|\
         there is no rush|there is no hurry|no urgency|not urgent|not at all urgent|isn t urgent|is not urgent|\
         not pressing|no time pressure|no pressure|no deadline|no fixed date|no fixed time|no set date|no specific date|\
         no particular date|no preference|doesn t matter|does not matter|don t mind|do not mind|not time sensitive|\
         not time critical|time is not an issue|timing is not an issue|timing is flexible|open ended|someday|some day|at some point|sometime|some time|eventually|at your convenience|at leisure|at your leisure|\
         just comparing|just comparing offers|just comparing prices|comparing offers|comparing prices|comparing quotes|\
         just looking|just looking around|only looking|just browsing|just researching|just curious|research|researching|\
         only researching|just planning|just gathering information|gathering information|gathering quotes|\
         just getting quotes|just a quote|only a quote|information only|just information|just for information|\
         for information only|just want information|just an idea|just exploring|exploring options|exploring",
    ),
    // Running, coming, past.
    (&[This], "this|current|the current|present|this coming"),
    (&[Next], "next|the next|coming|the coming|upcoming|following|the following"),
    (&[Last], "last|the last|final"),
    (&[Last], "previous"),
    (&[AfterNext, WEEK], "week after next|the week after next|week after|the week after|fortnight today"),
    (&[AfterNext, MONTH], "month after next|the month after next|the month after"),
    (&[AfterNext, QUARTER], "quarter after next|the quarter after next"),
    (&[AfterNext, YEAR], "year after next|the year after next|the year after"),
    (&[AfterNext, WEEKEND], "weekend after next|the weekend after next"),
    (&[AfterNext], "next but one"),
    (
        &[Day(0)],
        "today|tonight|this morning|this afternoon|this evening|later today|same day|eod|end of day|end of the day|cob",
    ),
    (
        &[Day(1)],
        "tomorrow|tomorrow morning|tomorrow afternoon|tomorrow evening|tmrw|tmr|tomorow|tommorow|tommorrow|next day|the next day",
    ),
    (&[Day(2)], "day after tomorrow|the day after tomorrow|overmorrow"),
    // Parts.
    (
        &[EARLY],
        "early|early in|earlier in|earlier part of|early part of|beginning of|the beginning of|at the beginning of|start of|the start of|at the start of|the first part of|first part of|first days of|the first days of",
    ),
    (&[MID], "mid|middle of|the middle of|in the middle of|midway through|middle"),
    (
        &[LATE],
        "late|late in|later in|later part of|latter part of|end of|the end of|at the end of|towards the end of|toward the end of|end|back end of|the last days of|last days of|tail end of",
    ),
    (&[Until, LATE], "before the end of|before end of|ahead of the end of"),
    (
        &[LATE, This, YEAR],
        "eoy|year end|end of year|the end of the year|end of the year|at the end of the year|the year s end|year s end|ye",
    ),
    (
        &[Until, LATE, This, YEAR],
        "before year end|before the end of the year|before the year is out|before the year ends|before year s end",
    ),
    (&[LATE, This, MONTH], "eom|month end|end of month|end of the month"),
    (&[LATE, This, QUARTER], "eoq|quarter end|end of quarter|end of the quarter"),
    (&[LATE, This, WEEK], "eow|end of week|end of the week"),
    (
        &[Rest],
        "in the course of|in the course of the|over the course of|over the course of the|during the|throughout the|throughout|rest of|the rest of|remainder of|the remainder of|later",
    ),
    (&[HalfMark], "h|hy|half of|half of the|half"),
    (&[HalfMark, This, YEAR], "half of this year"),
    (&[Word], "as soon as|so soon as|once|when|not sure|not yet sure|unsure"),
    // Joining and bounding.
    (&[In], "in|in about|in around|in approximately|in roughly|in approx|in ca"),
    (
        &[Within],
        "within|within a period of|in under|in less than|less than|fewer than|under|up to|at most|no more than|not more than|maximum|max|in max|inside|inside of|in at most|in the space of|",
    ),
    (
        &[Within, Next],
        "in the next|within the next|over the next|in the coming|within the coming|over the coming|during the next|in the following|for the next|throughout the next",
    ),
    (&[Within, This], "within the|within this|inside this|inside the"),
    (
        &[From],
        "from|starting|starting in|starting on|starting from|starts|as of|as from|beginning|beginning in|beginning on|beginning from|from the|not before|no earlier than|not earlier than|not until|not till|no sooner than|not sooner than|earliest|the earliest|at the earliest in|earliest in|earliest start|at the earliest on|at earliest|any time from|anytime from|any time after the start of|once it is",
    ),
    (
        &[Until],
        "by|by the|not later than|no later than|latest|latest by|at the latest by|at the latest|at latest|deadline|deadline is|due|due by|due on|completed by|finished by|done by|ready by|must be done by|on or before|needed by",
    ),
    (&[Till], "until|till|til|up until|up till|upto"),
    (&[Before], "before|prior to|ahead of|earlier than|sooner than|before the|any time before|anytime before"),
    (&[After], "after|following on from|past|later than|any time after|anytime after|after the"),
    (
        &[AtEarliest],
        "at the earliest|at earliest|or later|or after|onwards|onward|and later|and after|and onwards|and beyond|on wards",
    ),
    (
        &[AtLatest],
        "at the latest|at latest|or earlier|or sooner|or before|at the very latest|or less|max|maximum|at most|tops",
    ),
    (&[OrMore], "or more|and more|plus|or longer|and up|out"),
    (
        &[MoreThan],
        "more than|over|at least|longer than|in more than|in over|greater than|minimum|not for at least|not for another|not for|upwards of|in at least|beyond",
    ),
    (&[FromNow], "from now|from today|time|from this date|s time|away|hence|ahead"),
    (&[Past], "ago|since"),
    (&[Between], "between|anywhere between|somewhere between|sometime between|some time between"),
    (&[To], "to|through|thru|up to and including|through to"),
    (&[Or], "or|or maybe|or even|or possibly|or perhaps|alternatively|or else"),
    (&[And], "and|and the"),
    (&[Not], "not|no|never|except|but not|without|cannot|can t"),
    (&[WeekOf], "week of|the week of|week commencing|w c|week beginning|week starting|w b|week from the"),
    (&[WeekMark], "cw|w|calendar week|wk|week no|week number|week nr|calender week|iso week"),
    (&[QuarterMark], "q|qtr|quarter no"),
    // Units.
    (&[HOUR], "hour|hr|minute|min"),
    (&[HOURS], "hours|hrs|minutes|mins"),
    (&[DAY], "day|calendar day"),
    (&[DAYS], "days|calendar days"),
    (&[WORKDAY], "workday|working day|business day|work day|weekday"),
    (&[WORKDAYS], "workdays|working days|business days|work days|weekdays"),
    (&[WEEK], "week"),
    (&[WEEKS], "weeks|wks"),
    (&[WEEKEND], "weekend|week end"),
    (&[WEEKENDS], "weekends"),
    (&[FORTNIGHT], "fortnight"),
    (&[FORTNIGHTS], "fortnights"),
    (&[MONTH], "month|mth|calendar month"),
    (&[MONTHS], "months|mths|mos"),
    (&[QUARTER], "quarter|calendar quarter"),
    (&[QUARTERS], "quarters"),
    (&[HALF_YEAR], "half year|half yr"),
    (&[Count(2), HALF_YEAR], "half a year|a half year"),
    (&[YEAR], "year|yr|calendar year"),
    (&[YEARS], "years|yrs"),
    // Months, weekdays, seasons.
    (&[Month(1)], "january|jan|janurary"),
    (&[Month(2)], "february|feb|febuary|febr"),
    (&[Month(3)], "march"),
    (&[WeakMonth(3)], "mar"),
    (&[Month(4)], "april|apr"),
    (&[WeakMonth(5)], "may"),
    (&[Month(6)], "june|jun"),
    (&[Month(7)], "july|jul"),
    (&[Month(8)], "august|aug"),
    (&[Month(9)], "september|sept|sep"),
    (&[Month(10)], "october|oct"),
    (&[Month(11)], "november|nov"),
    (&[Month(12)], "december|dec"),
    (&[Weekday(1)], "monday|mondays"),
    (&[Weekday(2)], "tuesday|tuesdays|tues|tue"),
    (&[Weekday(3)], "wednesday|wednesdays|wednessday|wed"),
    (&[Weekday(4)], "thursday|thursdays|thurs|thur|thu"),
    (&[Weekday(5)], "friday|fridays|fri"),
    (&[Weekday(6)], "saturday|saturdays"),
    (&[Weekday(7)], "sunday|sundays"),
    (&[WeakWeekday(1)], "mon"),
    (&[WeakWeekday(6)], "sat"),
    (&[WeakWeekday(7)], "sun"),
    (&[SPRING], "spring|springtime|the spring"),
    (&[SUMMER], "summer|summertime|the summer|summer holidays|summer break"),
    (&[AUTUMN], "autumn|fall|the autumn|the fall"),
    (&[WINTER], "winter|wintertime|the winter"),
    (&[MID, SUMMER], "midsummer|high summer"),
    (&[MID, WINTER], "midwinter|deep winter"),
    // Feasts.
    (&[CHRISTMAS_EVE], "christmas eve|xmas eve"),
    (
        &[CHRISTMAS],
        "christmas|xmas|x mas|christmas day|boxing day|the holidays|holidays|christmas holidays|holiday season|christmas break",
    ),
    (&[NEW_YEARS_EVE], "new year s eve|new years eve|nye"),
    (&[NEW_YEAR], "new year s day|new years day|new year s|new years|the new year|new year"),
    (&[Next, YEAR], "in the new year|early in the coming year"),
    (&[EPIPHANY], "epiphany|twelfth night"),
    (&[CARNIVAL], "carnival|mardi gras|shrove tuesday|pancake day"),
    (&[GOOD_FRIDAY], "good friday"),
    (&[EASTER], "easter|easter sunday|easter monday|easter weekend|easter holidays|easter break"),
    (&[ASCENSION], "ascension|ascension day"),
    (&[PENTECOST], "pentecost|whitsun|whit monday|whit sunday"),
    (&[HALLOWEEN], "halloween"),
    (&[ALL_SAINTS], "all saints|all saints day"),
    (&[THANKSGIVING], "thanksgiving|thanksgiving day"),
    // Numbers.
    (&[Article], "a|an"),
    (&[Count(2)], "one|a single"),
    (&[Count(3)], "one and a half|a year and a half of|one point five"),
    (&[Count(4)], "two|a couple|a couple of|couple of|couple|the next two"),
    (&[Count(5)], "two and a half"),
    (&[Count(6)], "three"),
    (&[Count(8)], "four"),
    (&[Count(10)], "five"),
    (&[Count(12)], "six|half a dozen"),
    (&[Count(14)], "seven"),
    (&[Count(16)], "eight"),
    (&[Count(18)], "nine"),
    (&[Count(20)], "ten"),
    (&[Count(22)], "eleven"),
    (&[Count(24)], "twelve|a dozen"),
    (&[Count(28)], "fourteen"),
    (&[Count(30)], "fifteen"),
    (&[Count(36)], "eighteen"),
    (&[Count(40)], "twenty"),
    (&[Count(48)], "twenty four"),
    (&[Count(60)], "thirty"),
    (&[Count(120)], "sixty"),
    (&[Count(180)], "ninety"),
    (&[Count(36), MONTHS], "a year and a half|year and a half|one and a half years|one and a half year"),
    (&[Count(1)], "half a|half"),
    (&[Few(2, 4)], "few|a few|some|a handful of"),
    (&[Few(3, 6)], "several|a number of|many"),
    (&[Ordinal(1)], "first|the first"),
    (&[Ordinal(2)], "second|the second"),
    (&[Ordinal(3)], "third|the third"),
    (&[Ordinal(4)], "fourth|the fourth"),
    (&[Ordinal(5)], "fifth|the fifth"),
    (&[Nth], "st|nd|rd|th"),
    // Says nothing about time.
    (
        &[Noise],
        "the|of|of the|on|on the|at|at the|during|around|around the|about|approximately|approx|roughly|ca|circa|\
         sometime in|some time in|sometime during|sometime around|some time around|sometime|\
         over|towards|toward|please|if possible|if you can|ideally|preferably|hopefully|probably|possibly|perhaps|maybe|\
         likely|most likely|latest possible|would be great|would be nice|best|planned|planned for|expected|start|starting date|\
         start date|start in|project start|construction start|move in|completion|finish|finished|done|installed|installation|\
         s|year of|in the year|in the month of|month of|the month of|in the period|period|date|\
         for|for the|is|be|it|i|we|would|like|want|need|needed|wanted|calendar|only|just|exactly|then|also|but",
    ),
];
