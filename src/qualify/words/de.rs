//! German (Germany, Austria, Switzerland).

use super::short::*;
use crate::qualify::lexicon::Row;

/// The table.
pub const ROWS: &[Row] = &[
    // How urgent.
    (
        &[Asap],
        "es pressiert|pressiert|sofort|schnelle hilfe|schnell hilfe|rasche hilfe|lieber heute als morgen|am liebsten heute|ab sofort|in naher zukunft|in nächster zukunft|demnächst|nächstens|per sofort|so bald wie möglich|sobald wie möglich|so bald als möglich|sobald als möglich|\
         so schnell {wie möglich,wies geht,wie es geht,es geht}|so bald {wies geht,wie es geht,es geht}|{dringent,dringendst,sofrot,schnellstmögl}|so schnell als möglich|so rasch wie möglich|so früh wie möglich|so zeitnah wie möglich|so zügig wie möglich|\
         möglichst bald|möglichst schnell|möglichst sofort|möglichst rasch|möglichst zeitnah|möglichst zügig|möglichst umgehend|möglichst früh|möglichst kurzfristig|\
         schnellstmöglich|schnellstmöglichst|schnellstens|baldmöglichst|baldmöglich|baldigst|ehestmöglich|ehestens|ehebaldigst|raschest möglich|raschestmöglich|\
         frühestmöglich|frühestmöglicher zeitpunkt|zum frühestmöglichen zeitpunkt|zum nächstmöglichen zeitpunkt|nächstmöglich|nächstmöglicher zeitpunkt|\
         zum nächstmöglichen termin|nächstmöglicher termin|nächster freier termin|umgehend|unverzüglich|dringend|sehr dringend|dringlich|\
         es ist dringend|notdienst|soforthilfe|eilauftrag|eilig|sehr eilig|es eilt|eilt|eilt sehr|brandeilig|notfall|ein notfall|akut|gleich|jetzt|jetzt gleich|\
         ab jetzt|jetzt sofort|bald|sehr bald|alsbald|baldig|zeitnah|zeitnahe|kurzfristig|sehr kurzfristig|in kürze|rasch|schnell|zügig|prompt|\
         je früher|je eher|je schneller|je früher desto besser|je eher desto besser|je schneller desto besser|je früher umso besser|je eher umso besser|am besten gestern|lieber gestern|lieber gestern als heute|höchste priorität|hohe priorität|oberste priorität|am liebsten gestern|\
         gestern|am besten sofort|am liebsten sofort|startklar|heute noch besser",
    ),
    (
        &[Flexible],
        "kein {bestimmter,fester,fixer,konkreter,genauer,besonderer} {zeitrahmen,zeitpunkt,termin,zeitplan,wunschtermin}|kein termindruck|\
         keine {bestimmte,feste,konkrete,zeitliche} {zeit,terminvorstellung,frist,deadline,vorgabe,vorgaben,einschränkung,einschränkungen}|\
         jeder {tag,termin,zeitpunkt} {passt,geht,ist recht,ist ok,ist in ordnung,wäre ok,ist möglich}|jede {woche,zeit} {passt,geht,ist recht,ist ok}|\
         {hole,holen,hol} {gerade,derzeit,nur,erst,aktuell} angebote ein|{sammle,sammeln} {nur,gerade,derzeit,erst} angebote|{noch in der,in der} planung|planen noch|angebotsvergleich|preisanfrage|nur eine {anfrage,preisanfrage,kostenschätzung}|\
         {lassen sie sich,lasst euch,lass dir} zeit|wann es bei {ihnen,euch,dir}|wenn es bei {ihnen,euch,dir} passt|nur mal eine {anfrage,preisanfrage,frage}|\
         muss nicht {sofort,gleich,schnell,bald} sein|nicht {sofort,gleich}|in {ferner zukunft,der zukunft}|{langfristig,längerfristig}|\
         sobald ihr zeit habt|wenn ihr zeit habt|sobald sie zeit haben|wenn sie zeit haben|flexibel|zeitlich flexibel|flexible|wir sind flexibel|ich bin flexibel|jederzeit|egal|egal wann|ist egal|irgendwann|irgendwann mal|wann immer|\
         wann es passt|wann immer es passt|wann es ihnen passt|wann es ihnen|wann es euch|wann es dir|wie es ihnen passt|wie es euch passt|wann sie möchten|wann sie wollen|wann ihr wollt|wann sie zeit haben|wann ihr zeit habt|wenn es passt|keine eile|nicht eilig|es eilt nicht|eilt nicht|hat keine eile|keine hektik|\
         kein stress|kein zeitdruck|ohne zeitdruck|kein zeitlicher druck|hat zeit|das hat zeit|es hat zeit|wir haben zeit|ich habe zeit|viel zeit|nicht dringend|\
         nicht so dringend|nicht sehr dringend|gar nicht dringend|nicht zeitkritisch|kein fester termin|kein fixer termin|kein bestimmter termin|ohne festen termin|\
         kein datum|terminlich flexibel|zeitlich ungebunden|ungebunden|nicht gebunden|zeit spielt keine rolle|termin spielt keine rolle|spielt keine rolle|nach vereinbarung|\
         nach absprache|bei gelegenheit|beliebig|offen für alles|unbefristet|\
         nur informieren|nur mal informieren|nur information|nur informationen|nur infos|nur zur information|zur information|erst mal informieren|erstmal informieren|\
         informiere mich nur|informieren uns nur|möchte mich nur informieren|informationen sammeln|nur preisvergleich|preisvergleich|preise vergleichen|\
         angebote vergleichen|angebote einholen|vergleiche nur|vergleiche nur angebote|vergleichen nur|nur vergleichen|nur zum vergleich|nur mal schauen|nur schauen|nur gucken|unverbindlich|\
         nur unverbindlich|nur ein angebot|richtpreis|nur ein richtpreis|grobe schätzung|nur ein unverbindliches angebot|unverbindliches angebot|unverbindliche anfrage|nur mal anfragen|in planung|noch in planung|planungsphase",
    ),
    // Running, coming, past.
    (
        &[This],
        "dieser|diese|dieses|diesen|diesem|aktuell|aktuelle|aktuellen|laufende|laufenden|laufendes|laufender|im laufenden|heurig|heurigen",
    ),
    (
        &[Next],
        "nächste|nächster|nächstes|nächsten|nächstem|die nächsten|den nächsten|der nächsten|der nächste|die nächste|kommende|kommender|kommendes|kommenden|\
         kommendem|folgende|folgenden|folgendes|darauffolgende|nä|nächst",
    ),
    (&[Next, MONTH], "folgemonat"),
    (&[Next, WEEK], "folgewoche"),
    (&[Next, YEAR], "folgejahr"),
    (&[AfterNext], "übernächste|übernächster|übernächstes|übernächsten|übernächstem"),
    (
        &[Last],
        "letzte|letzter|letztes|letzten|letztem|die letzten|die letzte|vergangene|vergangenen|vorige|vorigen|voriges",
    ),
    (&[This, YEAR], "heuer|dieses jahr|in diesem jahr"),
    (
        &[Day(0)],
        "heute|heute noch|noch heute|heute abend|heute nachmittag|heute vormittag|heute morgen|heute nacht|heute mittag|heute früh",
    ),
    (
        &[Day(1)],
        "morgen|ab morgen früh|morgen früh|morgen vormittag|morgen nachmittag|morgen abend|morgen mittag|morgen nacht",
    ),
    (&[Day(2)], "übermorgen|übermorgen früh|übermorgen vormittag|übermorgen abend"),
    (&[Day(3)], "überübermorgen"),
    (&[DayEnd], "feierabend|geschäftsschluss|büroschluss|tagesende|ende des tages"),
    (&[Clock], "uhr"),
    // Parts.
    (
        &[EARLY],
        "anfang|anfangs|zu anfang|am anfang|zu beginn|beginn des|beginn der|zu beginn des|zu beginn der|früh im|anf|frühe|frühen",
    ),
    (
        &[EARLY, Next],
        "beginn {nächster,nächsten,nächstes,kommender,kommenden,kommendes}|zu beginn {nächster,nächsten,nächstes,kommender,kommenden,kommendes}",
    ),
    (&[MID], "mitten im|mitten in|mitten in der|mitte|mitte des|mitte der|zur mitte|mittlerer"),
    (
        &[LATE],
        "ende|ende des|ende der|zum ende|zu ende|am ende|gegen ende|gegen ende des|ausgang|später im|spät im|ausklang|spätere",
    ),
    (&[LATE, MONTH], "monatsende|zum monatsende|ultimo"),
    (&[MID, MONTH], "monatsmitte"),
    (&[EARLY, MONTH], "monatsanfang|monatsbeginn|monatserster"),
    (&[LATE, YEAR], "jahresende|jahresschluss|zum jahresende|ende jahr"),
    (&[MID, YEAR], "jahresmitte|mitte jahr"),
    (&[EARLY, YEAR], "jahresanfang|jahresbeginn|anfang jahr|anfang des jahres"),
    (&[LATE, QUARTER], "quartalsende"),
    (&[MID, QUARTER], "quartalsmitte"),
    (&[EARLY, QUARTER], "quartalsanfang|quartalsbeginn"),
    (&[LATE, WEEK], "wochenausklang"),
    (&[EARLY, WEEK], "wochenanfang|wochenbeginn|anfang woche"),
    (&[MID, WEEK], "wochenmitte|mitte woche"),
    (&[EARLY, SPRING], "frühlingsanfang|frühlingsbeginn|zeitiges frühjahr|zeitigen frühjahr"),
    (&[EARLY, SUMMER], "frühsommer|sommeranfang|sommerbeginn"),
    (&[MID, SUMMER], "hochsommer"),
    (&[LATE, SUMMER], "spätsommer|sommerende"),
    (&[EARLY, AUTUMN], "frühherbst|herbstanfang|herbstbeginn"),
    (&[LATE, AUTUMN], "spätherbst"),
    (&[EARLY, WINTER], "winteranfang|winterbeginn"),
    (&[LATE, WINTER], "winterende|spätwinter"),
    (
        &[Rest],
        "im laufe {des,der,vom,von}|im laufe dieses|im laufe dieser|im lauf des|im verlauf des|im verlauf der|über das|während des|rest|rest des|restliche|restliches|restlichen|später|im weiteren verlauf",
    ),
    (&[HalfMark], "hj|halbjahr|hälfte|jahreshälfte|hälfte des|hälfte der|h j|semester"),
    (&[HalfMark, YEAR], "jahreshälfte"),
    (&[HalfMark, MONTH], "monatshälfte"),
    (&[HalfMark, WEEK], "wochenhälfte"),
    (&[HalfMark, SPRING], "frühlingshälfte|frühjahrshälfte"),
    (&[HalfMark, SUMMER], "sommerhälfte"),
    (&[HalfMark, AUTUMN], "herbsthälfte"),
    (&[HalfMark, WINTER], "winterhälfte"),
    (
        &[Word],
        "noch {kein,keinen,keine} {datum,termin,zeitpunkt,zeitplan,wunschtermin,zeitvorstellung}|sobald|wenn|falls|nicht sicher|noch nicht sicher",
    ),
    // Joining and bounding.
    (&[In], "in|so in|so in etwa|in ca|in etwa|in rund|in circa|in ungefähr"),
    (
        &[Within],
        "innerhalb|innerhalb von|innert|binnen|\
         in weniger als|weniger als|unter|maximal|max|höchstens|längstens|\
         nicht länger als|nicht mehr als|bis zu|bis max|bis maximal|innerhalb von max|innerhalb von maximal|in max|in maximal|in spätestens|spätestens in|bis in|bis spätestens in|\
         bis in spätestens|in höchstens|",
    ),
    (
        &[Within, Next],
        "in den nächsten|innerhalb der nächsten|innert der nächsten|während der nächsten|in den kommenden|innerhalb der kommenden|die kommenden|über die nächsten|binnen der nächsten",
    ),
    (&[Within, This], "innerhalb der|innerhalb des|innerhalb dieses|innerhalb dieser|noch innerhalb"),
    (
        &[From],
        "ab|ab dem|ab der|ab den|vom|von|beginnend|beginnend ab|beginnend im|frühestens|frühestens ab|frühestens im|frühestens am|frühestens in|\
         nicht vor|nicht vor dem|nicht vor der|nicht vor den|nicht mehr vor|nicht mehr vor dem|nicht mehr vor der|nicht mehr vor den|erst ab|erst ab dem|erst|erst im|erst in|erst am|erst wieder|erst wieder ab|start ab|möglich ab|gerne ab|von ab|ab zirka|ab ca|ab etwa|nicht früher als|keinesfalls vor|keinesfalls vor dem|auf keinen fall vor|nicht eher als",
    ),
    (
        &[Until],
        "nicht nach|nicht nach dem|nicht nach der|spätestens|spätestens bis|spätestens im|spätestens am|spätestens in der|bis spätestens|bis spätestens am|bis spätestens zum|\
         nicht später als|deadline|frist|frist bis|fällig|fertig bis|fertigstellung bis|abgeschlossen bis|bis allerspätestens|allerspätestens|noch bis",
    ),
    (&[Until, LATE], "vor ende|noch vor ende|vor dem ende|vor ende des|vor ende der"),
    (&[Until, LATE, YEAR], "vor jahresende|noch vor jahresende|vor jahresschluss"),
    (&[Until, LATE, MONTH], "vor monatsende"),
    (&[This], "noch in diesem|noch diese|noch dieses|noch diesen|noch im|noch in dieser"),
    (&[ByThen(true)], "bis dahin|bis dann"),
    (&[AfterThat], "danach|ab dann|hinterher|im anschluss|anschließend"),
    (&[ByThen(false)], "vorher|davor|noch vorher|noch davor"),
    (&[Till], "bis|bis zum|bis zur|bis einschließlich|bis inklusive|bis in den|bis in das|bis ins|bis an"),
    (
        &[Before],
        "vor|vorm|noch vorm|vor dem|vor der|vor den|noch vor|noch vor dem|noch vor der|noch vor den|früher als|eher als",
    ),
    (
        &[After],
        "nach|nach dem|nach der|nach den|erst nach|erst nach dem|erst nach der|erst nach den|später als|frühestens nach|im anschluss an",
    ),
    (&[AtEarliest], "oder später|und später|aufwärts|an|frühestens|oder danach"),
    (&[AtLatest], "oder früher|oder eher"),
    (&[OrMore], "oder mehr|und mehr|oder länger|plus"),
    (
        &[MoreThan],
        "mehr als|in mehr als|über|länger als|mindestens|min|mind|frühestens in|erst in|nicht vor ablauf von|ab in|in mindestens|in frühestens|nicht nach mehr als|später als in|in über",
    ),
    (&[FromNow], "ab heute|ab jetzt gerechnet|von heute an|von jetzt an|ab dato"),
    (&[Past], "seit|seit dem|seit der|her|baujahr"),
    (&[Between], "zwischen|zwischen dem|irgendwo zwischen|irgendwann zwischen"),
    (&[Or], "oder|bzw|beziehungsweise|alternativ|oder auch|oder dann|ev auch"),
    (&[And], "und|und dem|u"),
    (&[Not], "nicht|nicht mehr|nimmer|nicht mehr im|nicht mehr in|kein|keine|nie|außer|ohne|nicht im|nicht in"),
    (&[WeekOf], "woche vom|in der woche vom|woche ab|woche des|woche um den|woche ab dem"),
    (&[WeekMark], "kw|kalenderwoche|woche nr|woche nummer|der kalenderwoche|kal woche"),
    (&[QuarterMark], "q"),
    // Units.
    (&[MINUTE], "minute"),
    (&[MINUTES], "minuten"),
    (&[HOUR], "stunde|std"),
    (&[HOURS], "stunden"),
    (&[Count(1), HOUR], "viertelstunde|viertel stunde|dreiviertelstunde|dreiviertel stunde"),
    (&[DAY], "tag|tages|kalendertag"),
    (&[DAYS], "tage|tagen|tg|kalendertage|kalendertagen"),
    (&[WORKDAY], "werktag|arbeitstag"),
    (&[WORKDAYS], "werktage|werktagen|arbeitstage|arbeitstagen"),
    (&[WEEK], "woche|wo|wch"),
    (&[WEEKS], "wochen"),
    (&[WEEKEND], "wochenende"),
    (&[WEEKENDS], "wochenenden"),
    (&[MONTH], "monat|monats|monates"),
    (&[MONTHS], "monate|monaten|mte"),
    (&[QUARTER], "quartal|quartals|vierteljahr|quart|jahresviertel|viertel"),
    (&[QUARTERS], "quartale|quartalen"),
    (&[HALF_YEAR], "halbes jahr|halben jahr|halbe jahr|halb jahr|halbjahr"),
    (&[YEAR], "jahr|jahres|jahrs|kalenderjahr|kalenderjahres"),
    (&[YEARS], "jahre|jahren"),
    (&[Few(1, 1), HALF_YEAR], "ein halbes jahr|einem halben jahr|eines halben jahres|1 halbes jahr"),
    // Months, weekdays, seasons.
    (&[Month(1)], "januar|jänner|jan|jän|jaenner|januars"),
    (&[Month(2)], "februar|feber|feb|febr|februars"),
    (&[Month(3)], "märz|mrz|maerz|märzes"),
    (&[Month(4)], "april|apr|aprils"),
    (&[Month(5)], "mai|mais"),
    (&[Month(6)], "juni|jun|juno|junis"),
    (&[Month(7)], "juli|jul|julei|julis"),
    (&[Month(8)], "august|aug|augusts"),
    (&[Month(9)], "september|sept|sep|septembers"),
    (&[Month(10)], "oktober|okt|oktobers"),
    (&[Month(11)], "november|nov|novembers"),
    (&[Month(12)], "dezember|dez|dezembers"),
    (&[WEEK, Month(1)], "januarwoche|jännerwoche"),
    (&[WEEK, Month(2)], "februarwoche|feberwoche"),
    (&[WEEK, Month(3)], "märzwoche"),
    (&[WEEK, Month(4)], "aprilwoche"),
    (&[WEEK, Month(5)], "maiwoche"),
    (&[WEEK, Month(6)], "juniwoche"),
    (&[WEEK, Month(7)], "juliwoche"),
    (&[WEEK, Month(8)], "augustwoche"),
    (&[WEEK, Month(9)], "septemberwoche"),
    (&[WEEK, Month(10)], "oktoberwoche"),
    (&[WEEK, Month(11)], "novemberwoche"),
    (&[WEEK, Month(12)], "dezemberwoche"),
    (&[WEEKS, Month(1)], "januarwochen"),
    (&[WEEKEND, Month(1)], "januarwochenende"),
    (&[WEEKS, Month(2)], "februarwochen"),
    (&[WEEKEND, Month(2)], "februarwochenende"),
    (&[WEEKS, Month(3)], "märzwochen"),
    (&[WEEKEND, Month(3)], "märzwochenende"),
    (&[WEEKS, Month(4)], "aprilwochen"),
    (&[WEEKEND, Month(4)], "aprilwochenende"),
    (&[WEEKS, Month(5)], "maiwochen"),
    (&[WEEKEND, Month(5)], "maiwochenende"),
    (&[WEEKS, Month(6)], "juniwochen"),
    (&[WEEKEND, Month(6)], "juniwochenende"),
    (&[WEEKS, Month(7)], "juliwochen"),
    (&[WEEKEND, Month(7)], "juliwochenende"),
    (&[WEEKS, Month(8)], "augustwochen"),
    (&[WEEKEND, Month(8)], "augustwochenende"),
    (&[WEEKS, Month(9)], "septemberwochen"),
    (&[WEEKEND, Month(9)], "septemberwochenende"),
    (&[WEEKS, Month(10)], "oktoberwochen"),
    (&[WEEKEND, Month(10)], "oktoberwochenende"),
    (&[WEEKS, Month(11)], "novemberwochen"),
    (&[WEEKEND, Month(11)], "novemberwochenende"),
    (&[WEEKS, Month(12)], "dezemberwochen"),
    (&[WEEKEND, Month(12)], "dezemberwochenende"),
    (&[HalfMark, Month(1)], "januarhälfte"),
    (&[HalfMark, Month(2)], "februarhälfte"),
    (&[HalfMark, Month(3)], "märzhälfte"),
    (&[HalfMark, Month(4)], "aprilhälfte"),
    (&[HalfMark, Month(5)], "maihälfte"),
    (&[HalfMark, Month(6)], "junihälfte"),
    (&[HalfMark, Month(7)], "julihälfte"),
    (&[HalfMark, Month(8)], "augusthälfte"),
    (&[HalfMark, Month(9)], "septemberhälfte"),
    (&[HalfMark, Month(10)], "oktoberhälfte"),
    (&[HalfMark, Month(11)], "novemberhälfte"),
    (&[HalfMark, Month(12)], "dezemberhälfte"),
    (&[Weekday(1)], "montag|montagmorgen|montagvormittag|montagmittag|montagnachmittag|montagabend|montags"),
    (
        &[Weekday(2)],
        "dienstag|dienstagmorgen|dienstagvormittag|dienstagmittag|dienstagnachmittag|dienstagabend|dienstags",
    ),
    (
        &[Weekday(3)],
        "mittwoch|mittwochmorgen|mittwochvormittag|mittwochmittag|mittwochnachmittag|mittwochabend|mittwochs",
    ),
    (
        &[Weekday(4)],
        "donnerstag|donnerstagmorgen|donnerstagvormittag|donnerstagmittag|donnerstagnachmittag|donnerstagabend|donnerstags",
    ),
    (&[Weekday(5)], "freitag|freitagmorgen|freitagvormittag|freitagmittag|freitagnachmittag|freitagabend|freitags"),
    (
        &[Weekday(6)],
        "samstag|samstagmorgen|samstagvormittag|samstagmittag|samstagnachmittag|samstagabend|samstags|sonnabend|sonnabends",
    ),
    (&[Weekday(7)], "sonntag|sonntagmorgen|sonntagvormittag|sonntagmittag|sonntagnachmittag|sonntagabend|sonntags"),
    (&[WeakWeekday(1)], "mo"),
    (&[WeakWeekday(2)], "di"),
    (&[WeakWeekday(3)], "mi"),
    (&[WeakWeekday(4)], "do"),
    (&[WeakWeekday(5)], "fr"),
    (&[WeakWeekday(6)], "sa"),
    (&[WeakWeekday(7)], "so"),
    (&[SPRING], "frühling|frühjahr|frühlings|frühjahrs|fj"),
    (&[SUMMER], "sommer|sommers|sommermonate|sommermonaten"),
    (&[AUTUMN], "herbst|herbstes|herbsts"),
    (&[WINTER], "winter|winters|wintermonate|wintermonaten"),
    // Says nothing about time.
    (
        &[Noise],
        "am morgen|am morgen des|am frühen morgen|am abend|am abend des|am vormittag|gut|knapp|am vormittag des|am nachmittag|am nachmittag des|am mittag|der|die|das|dem|den|des|im|am|um|zum|zur|zu|an|auf|gegen|während|während der|während des|irgendwann im|irgendwann in|irgendwann in der|irgendwann ab|im laufe|\
         im verlauf|im verlauf des|laufe|etwa|ca|circa|zirka|ungefähr|rund|rund um|um den|um die|so um|so gegen|so|bitte|gerne|gern|wenn möglich|falls möglich|möglichst|\
         am liebsten|am besten|idealerweise|optimalerweise|bestenfalls|voraussichtlich|vermutlich|vielleicht|eventuell|evtl|ev|wahrscheinlich|vllt|wohl|geplant|\
         geplant ist|geplant für|beginn|baubeginn|start|starttermin|einzug|umsetzung|ausführung|termin|datum|wunschtermin|zeitraum|fertig|fertigstellung|bezug|\
         es|ist|sein|soll|sollte|wäre|wir|ich|möchte|möchten|wollen|würden|hätten|noch|schon|dann|aber|auch|nur|mal|für|als|oder so|genau|konkret|übers|über den|über die|über das",
    ),
];
