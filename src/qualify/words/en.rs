//! English.

use super::short::*;
use crate::qualify::lexicon::{Row, Unit};

/// The table.
pub const ROWS: &[Row] = &[
    // How urgent.
    (
        &[Asap],
        "asap|a s a p|as soon as humanly possible|as soon as is possible|as soon as possible|soon as possible|as soon as you can|as soon as you possibly can|as soon as we can|time is of the essence|as soon as you are able|as early as possible|\
         as fast as possible|as quickly as possible|as quick as possible|quickly|fast|soonest|immediately|immediate|\
         with immediate effect|instantly|at once|right away|right now|straight away|straightaway|now|at this time|at the moment|in the near future|in the very near future|in the immediate future|from now on|\
         starting now|urgent|urgently|very urgent|emergency|an emergency|earliest possible|earliest possible date|\
         at the earliest possible date|at the earliest opportunity|at your earliest convenience|earliest convenience|\
         at the earliest convenience|first available|first available date|next available|next available date|\
         next available slot|the sooner the better|the sooner|sooner the better|sooner rather than later|soon|very soon|shortly|\
         without delay|no delay|yesterday|preferably yesterday|ready to start|ready to go|ready to buy|\
         high priority|top priority|rush|rush job|in a hurry|time critical|cannot wait|can t wait|cant wait|promptly|pronto",
    ),
    (
        &[Flexible],
        "no {particular,specific,set,fixed,firm,real,hard,definite,strict,exact} {timeline,timeframe,time frame,date,dates,schedule,deadline,time,day,start date,timing}|\
         {any,every} {day,date,time,week} {works,is fine,is ok,is okay,is good,suits,will do,would do,would work}|\
         open to {any,all} {date,dates,time,times,day,days,options}|{shopping,asking,looking,browsing} around|just {checking,asking,wondering,enquiring,inquiring,thinking}|\
         {planning,early planning} {stage,stages,phase}|no immediate {need,plans,rush,hurry}|not {immediately,right away,any time soon,anytime soon}|\
         {still,just} planning|take your time|just an {enquiry,inquiry,estimate,idea}|{fit,fitted} in around|fit us in|\
         at some point in the future|in the {future,distant future,long run,long term}|down the {road,line}|\
         flexible|ready when you are|whenever you are ready|whenever you re ready|fully flexible|totally flexible|i am flexible|we are flexible|flexible on timing|any time|anytime|\
         at any time|whenever|whenever you can|whenever it suits|whenever suits|whenever works|whenever it suits you|i can wait|we can wait|can wait|happy to wait|\
         when you have time|no rush|no hurry|no particular rush|no big rush|no great rush|no particular hurry|no great hurry|not in any rush|in no particular hurry|in no great hurry|just want a price|just a price|price only|not in a rush|not in a hurry|not in any hurry|in no rush|in no hurry|\
         there is no rush|there is no hurry|no urgency|not urgent|not at all urgent|isn t urgent|is not urgent|\
         not pressing|no time pressure|no pressure|no deadline|no fixed date|no fixed time|no set date|no specific date|no specific timeline|no set timeline|no fixed timeline|timeline is open|timeline is flexible|open timeline|\
         no particular date|no preference|doesn t matter|does not matter|don t mind|do not mind|not time sensitive|\
         not time critical|time is not an issue|timing is not an issue|timing is flexible|open ended|someday|some day|at some point|sometime|some time|eventually|at your convenience|at leisure|at your leisure|\
         just comparing|just comparing offers|just comparing prices|comparing offers|comparing prices|comparing quotes|\
         just looking|just looking around|only looking|just browsing|just researching|just curious|research|researching|\
         only researching|just planning|just gathering information|gathering information|gathering quotes|\
         just getting quotes|rough quote|rough estimate|rough price|ballpark|just getting estimates|just getting prices|getting estimates|collecting quotes|just a quote|only a quote|information only|just information|just for information|\
         for information only|just want information|just an idea|just exploring|exploring options|exploring",
    ),
    // Running, coming, past.
    (&[This], "this|current|the current|present|this coming"),
    (&[Next], "next|the next|coming|the coming|upcoming|following|the following"),
    (&[Last], "last|the last|final|the past|in the past|over the past|during the past|for the past"),
    (&[Last], "previous"),
    (&[AfterNext, WEEK], "week after next|the week after next"),
    (&[AfterNext, MONTH], "month after next|the month after next"),
    (&[AfterNext, QUARTER], "quarter after next|the quarter after next"),
    (&[AfterNext, YEAR], "year after next|the year after next"),
    (&[AfterNext, WEEKEND], "weekend after next|the weekend after next"),
    (&[AfterNext], "next but one"),
    (&[Day(0)], "today|tonight|this morning|this afternoon|this evening|later today|same day"),
    (
        &[Day(1)],
        "tomorrow|tomorrow morning|tomorrow afternoon|tomorrow evening|tomorrow night|tomorrow noon|tomorrows|tomorrow s|tmrw|tmr|tomorow|tommorow|tommorrow|next day|the next day",
    ),
    (&[Day(2)], "the day after next|day after next|day after tomorrow|the day after tomorrow|overmorrow"),
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
    (&[Num(15, 2), Nth], "ides of|the ides of"),
    (&[Count(18), MONTHS], "three quarters of a year"),
    (&[Ordinal(2), HalfMark], "latter half|latter half of|back half of"),
    (&[DayEnd], "eod|close of play|end of play|end of day|end of the day|cob|close of business|end of business|eob"),
    (&[Clock], "am|pm|a m|p m|o clock"),
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
        "in the next|sometime in the next|some time in the next|sometime within the next|within the next|over the next|in the coming|within the coming|over the coming|during the next|in the following|for the next|throughout the next",
    ),
    (&[Within, This], "within the|within this|inside this|inside the"),
    (
        &[From],
        "as early as|from|starting|starting in|starting on|starting from|starts|as of|as from|beginning|beginning in|beginning on|beginning from|from the|not before|no earlier than|not earlier than|not until|not till|no sooner than|not sooner than|earliest|the earliest|at the earliest in|earliest in|earliest start|at the earliest on|at earliest|any time from|anytime from|on or after|any time after the start of|once it is",
    ),
    (
        &[Until],
        "by|by the|not after|not later than|no later than|latest|latest by|at the latest by|at the latest|at latest|deadline|deadline is|due|due by|due on|completed by|finished by|done by|ready by|must be done by|on or before|needed by",
    ),
    (&[ByThen(true)], "by then|until then|till then|done by then|finished by then|completed by then|ready by then"),
    (&[ByThen(false)], "before then|before that date|before that day"),
    (&[Till], "until|till|til|up until|up till|upto|through|thru|up to and including|through to"),
    (
        &[Before],
        "shortly before|just before|right before|before|prior to|ahead of|earlier than|sooner than|before the|any time before|anytime before",
    ),
    (&[After], "after|following on from|past|later than|any time after|anytime after|after the"),
    (
        &[AtEarliest],
        "at the earliest|at earliest|or later|or after|onwards|onward|and later|and after|and onwards|and beyond|on wards",
    ),
    (
        &[AtLatest],
        "at the latest|at latest|or earlier|or sooner|or before|at the very latest|or less|max|maximum|at most|tops",
    ),
    (&[OrMore], "or more|and more|plus|or longer|and up"),
    (
        &[MoreThan],
        "more than|over|at least|longer than|in more than|in over|greater than|minimum|not for at least|not for another|not for|upwards of|in at least|beyond",
    ),
    (&[FromNow], "out|from now|from today|time|from this date|s time|away|hence|ahead"),
    (&[Past], "ago|since"),
    (&[Between], "between|anywhere between|somewhere between|sometime between|some time between"),
    (&[To], "to"),
    (&[Or], "or|or maybe|or even|or possibly|or perhaps|alternatively|or else"),
    (&[And], "and|and the"),
    (&[Not], "not|no|never|except|but not|without|cannot|can t"),
    (
        &[WeekOf],
        "week of|the week of|week commencing|w c|week beginning|week starting|w b|w e|week ending|week from the",
    ),
    (&[WeekMark], "cw|w|calendar week|wk|week no|week number|week nr|calender week|iso week"),
    (&[QuarterMark], "q|qtr|quarter no"),
    // Units.
    (&[ShortUnit(Unit::Day)], "d"),
    (&[ShortUnit(Unit::Month)], "m"),
    (&[ShortUnit(Unit::Year)], "y"),
    (&[MINUTE], "minute|min"),
    (&[MINUTES], "minutes|mins|seconds|secs"),
    (&[HOUR], "hour|hr"),
    (&[HOURS], "hours|hrs"),
    (&[Count(1), HOUR], "quarter of an hour|a quarter of an hour|three quarters of an hour|half an hour"),
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
    (&[WeakWeekday(1)], "mon|mo"),
    (&[WeakWeekday(6)], "sat"),
    (&[WeakWeekday(7)], "sun"),
    (&[SPRING], "spring|springtime|the spring"),
    (&[SUMMER], "summer|summertime|the summer"),
    (&[AUTUMN], "autumn|fall|the autumn|the fall"),
    (&[WINTER], "winter|wintertime|the winter"),
    (&[MID, SUMMER], "midsummer|high summer"),
    (&[MID, WINTER], "midwinter|deep winter"),
    // Feasts. School holidays differ from place to place.
    (&[CHRISTMAS_EVE], "christmas eve|xmas eve"),
    (
        &[CHRISTMAS],
        "christmas|xmas|x mas|the holidays|holidays|christmas holidays|holiday season|christmas break|christmas time",
    ),
    (&[CHRISTMAS_DAY], "christmas day|xmas day"),
    (&[BOXING_DAY], "boxing day|st stephen s day"),
    (&[NEW_YEARS_EVE], "new year s eve|new years eve|nye|hogmanay"),
    (
        &[NEW_YEAR],
        "first of the year|the first of the year|1st of the year|the 1st of the year|new year s day|new years day|new year s|new years|the new year|new year",
    ),
    (&[Next, YEAR], "in the new year|early in the coming year"),
    (&[EPIPHANY], "epiphany|twelfth night"),
    (&[CANDLEMAS], "candlemas"),
    (&[LENT], "lent"),
    (&[EARTH_DAY], "earth day"),
    (&[AUSTRALIA_DAY], "australia day"),
    (&[ANZAC_DAY], "anzac day"),
    (&[ST_GEORGES_DAY], "st george s day|st georges day|saint george s day"),
    (&[CINCO_DE_MAYO], "cinco de mayo"),
    (&[JUNETEENTH], "juneteenth"),
    (&[CANADA_DAY], "canada day"),
    (&[ST_ANDREWS_DAY], "st andrew s day|st andrews day|saint andrew s day"),
    (&[GROUNDHOG_DAY], "groundhog day"),
    (&[VALENTINES_DAY], "valentine s day|valentines day|valentine s|valentines|st valentine s day"),
    (&[WOMENS_DAY], "women s day|international women s day|womens day"),
    (
        &[ST_PATRICKS_DAY],
        "st patrick s day|saint patrick s day|st patricks day|saint patricks day|st paddy s day|st patrick day",
    ),
    (&[APRIL_FOOLS], "april fools|april fools day|april fool s day|april fool s"),
    (&[MAY_DAY], "may day|labour day"),
    (&[EARLY_MAY_HOLIDAY], "may bank holiday|early may bank holiday"),
    (&[INDEPENDENCE_DAY], "independence day"),
    (&[BASTILLE_DAY], "bastille day"),
    (
        &[MLK_DAY],
        "mlk|mlk day|mlk jr day|martin luther kings day|martin luther king day|martin luther king jr day|martin luther king s day",
    ),
    (&[PRESIDENTS_DAY], "presidents day|president s day|presidents ' day|washington s birthday"),
    (&[MOTHERS_DAY], "mother s day|mothers day"),
    (&[MOTHERING_SUNDAY], "mothering sunday"),
    (&[MEMORIAL_DAY], "memorial day|spring bank holiday"),
    (&[FATHERS_DAY], "father s day|fathers day"),
    (&[AUGUST_HOLIDAY], "august bank holiday|summer bank holiday"),
    (&[LABOR_DAY], "labor day"),
    (&[COLUMBUS_DAY], "columbus day|indigenous peoples day"),
    (&[VETERANS_DAY], "veterans day|veteran s day|armistice day|remembrance day"),
    (&[BLACK_FRIDAY], "black friday"),
    (&[CYBER_MONDAY], "cyber monday"),
    (&[CARNIVAL], "carnival"),
    (&[SHROVE_TUESDAY], "mardi gras|shrove tuesday|pancake day|fat tuesday"),
    (&[ASH_WEDNESDAY], "ash wednesday"),
    (&[PALM_SUNDAY], "palm sunday"),
    (&[HOLY_WEEK], "holy week"),
    (&[MAUNDY_THURSDAY], "maundy thursday|holy thursday"),
    (&[GOOD_FRIDAY], "good friday"),
    (&[HOLY_SATURDAY], "holy saturday|easter saturday"),
    (&[EASTER], "easter|easter weekend"),
    (&[EASTER_SUNDAY], "easter sunday|easter day"),
    (&[EASTER_MONDAY], "easter monday"),
    (&[ASCENSION], "ascension|ascension day"),
    (&[PENTECOST], "pentecost|whitsun"),
    (&[WHIT_SUNDAY], "whit sunday|pentecost sunday"),
    (&[WHIT_MONDAY], "whit monday|pentecost monday"),
    (&[TRINITY_SUNDAY], "trinity sunday"),
    (&[CORPUS_CHRISTI], "corpus christi"),
    (&[ASSUMPTION], "assumption|assumption day"),
    (&[HALLOWEEN], "halloween|hallowe en"),
    (&[ALL_SAINTS], "all saints|all saints day|all saints ' day|all hallows"),
    (&[ALL_SOULS], "all souls|all souls day"),
    (&[GUY_FAWKES], "guy fawkes|guy fawkes night|guy fawkes day|bonfire night"),
    (&[THANKSGIVING], "thanksgiving|thanksgiving day"),
    (&[ADVENT], "advent|the advent"),
    (
        &[ADVENT_1],
        "first advent|1st advent|first advent sunday|first sunday of advent|first sunday in advent|advent sunday",
    ),
    (&[ADVENT_2], "second advent|2nd advent|second sunday of advent"),
    (&[ADVENT_3], "third advent|3rd advent|third sunday of advent"),
    (&[ADVENT_4], "fourth advent|4th advent|fourth sunday of advent"),
    (
        &[Word],
        "chinese new year|chinese new year s|lunar new year|chinese lunar new year|islamic new year|jewish new year|persian new year|orthodox easter|orthodox christmas|\
         summer holidays|the summer holidays|summer break|school holidays|the school holidays|easter holidays|easter break|spring break|\
         autumn holidays|half term|winter break",
    ),
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
    (&[Count(26)], "thirteen"),
    (&[Count(28)], "fourteen"),
    (&[Count(30)], "fifteen"),
    (&[Count(32)], "sixteen"),
    (&[Count(34)], "seventeen"),
    (&[Count(36)], "eighteen"),
    (&[Count(38)], "nineteen"),
    (&[Count(40)], "twenty"),
    (&[Count(60)], "thirty"),
    (&[Count(80)], "forty|fourty"),
    (&[Count(100)], "fifty"),
    (&[Count(120)], "sixty"),
    (&[Count(140)], "seventy"),
    (&[Count(160)], "eighty"),
    (&[Count(180)], "ninety"),
    (&[Count(200)], "hundred|a hundred|one hundred"),
    (&[Count(36), MONTHS], "a year and a half|year and a half|one and a half years|one and a half year"),
    (&[Count(1)], "half a|half"),
    (&[Few(2, 4)], "few|a few|some|a handful of"),
    (&[Few(3, 6)], "several|a number of|many"),
    (&[Ordinal(1)], "first|the first"),
    (&[Ordinal(2)], "second|the second"),
    (
        &[Ordinal(-2)],
        "penultimate|the penultimate|second last|the second last|second to last|the second to last|next to last|the next to last|last but one|the last but one",
    ),
    (&[Ordinal(3)], "third|the third"),
    (&[Ordinal(4)], "fourth|the fourth"),
    (&[Ordinal(5)], "fifth|the fifth"),
    (&[Ordinal(6)], "sixth|the sixth"),
    (&[Ordinal(7)], "seventh|the seventh"),
    (&[Ordinal(8)], "eighth|the eighth"),
    (&[Ordinal(9)], "ninth|the ninth"),
    (&[Ordinal(10)], "tenth|the tenth"),
    (&[Ordinal(11)], "eleventh|the eleventh"),
    (&[Ordinal(12)], "twelfth|the twelfth"),
    (&[Ordinal(13)], "thirteenth|the thirteenth"),
    (&[Ordinal(14)], "fourteenth|the fourteenth"),
    (&[Ordinal(15)], "fifteenth|the fifteenth"),
    (&[Ordinal(16)], "sixteenth|the sixteenth"),
    (&[Ordinal(17)], "seventeenth|the seventeenth"),
    (&[Ordinal(18)], "eighteenth|the eighteenth"),
    (&[Ordinal(19)], "nineteenth|the nineteenth"),
    (&[Ordinal(20)], "twentieth|the twentieth"),
    (&[Ordinal(21)], "twenty first|the twenty first"),
    (&[Ordinal(22)], "twenty second|the twenty second"),
    (&[Ordinal(23)], "twenty third|the twenty third"),
    (&[Ordinal(24)], "twenty fourth|the twenty fourth"),
    (&[Ordinal(25)], "twenty fifth|the twenty fifth"),
    (&[Ordinal(26)], "twenty sixth|the twenty sixth"),
    (&[Ordinal(27)], "twenty seventh|the twenty seventh"),
    (&[Ordinal(28)], "twenty eighth|the twenty eighth"),
    (&[Ordinal(29)], "twenty ninth|the twenty ninth"),
    (&[Ordinal(30)], "thirtieth|the thirtieth"),
    (&[Ordinal(31)], "thirty first|the thirty first"),
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
         for now|for|for the|is|be|it|i|we|would|like|want|need|needed|wanted|calendar|only|just|exactly|then|also|but",
    ),
];
