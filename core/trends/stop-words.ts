/** Words that do not tell the subject, in the languages that are written here: English, Spanish, German, Arabic. */
const ENGLISH = `a about above across after afterwards again against ago all almost alone along already also although
always am among an and another any anybody anyone anything are around as ask asked at away back be became because become
been before began begin behind being below beneath beside best better between beyond both but by call called came can cannot come
could did do does doing done down during each eight either else enough even ever every everybody everyone everything
exactly few fifth first five for forty found four from further gave get give given go goes going gone good got had half
has have having he her here hers herself him himself his how however i if in instead into is it its itself just keep
kept kind knew know known last later least leave left less let like little long look looked looking lot made make makes many may
maybe me mean might mine more most much must my myself near need needs neither never new next nine no nobody none nor
not nothing now of off often on once one ones old only onto or other others our ours out over own part past people per put quite
rather really right said same saw say says second see seen set seven several shall she should since six so some somebody
someone something sometimes somewhere soon still such take taken takes than thank thanks that the their theirs them themselves
then there these they thing things think third this those though thought three through thus time to today together told
tomorrow tonight too took toward turn two under until up upon us use used very want wanted wants was way we well went were what
when where whether which while who whoever whole whom whose why will with within without word words would yes yesterday
yet you your yours yourself
don’t didn’t doesn’t isn’t aren’t wasn’t weren’t won’t can’t couldn’t i’m i’ve i’ll i’d it’s that’s there’s you’re you’ve
you’ll we’re we’ve they’re he’s she’s what’s let’s`;

const SPANISH = `al algo aunque aquí así aún cada casi como con cual cuando de del desde donde dos él el ella ellos en entre
era eran eres es esa ese eso esta está están estas este esto estos fue ha han hasta hay la las le les lo los más me mi mis
muy nada ni nos nosotros o otra otro para pero poco por porque pues que qué quien quién se sea ser si sí sido siempre sin
sobre solo son su sus también tan te tiene todo todos tu un una uno unos va vamos ya yo`;

const GERMAN = `aber als am an auch auf aus bei bin bis da dann das dass dein dem den der des dich die doch du durch ein
eine einem einen einer er es für habe haben hat hier ich ihr im immer in ins ist ja kann kein keine man mehr mein mich
mir mit nach nicht noch nur oder ohne schon sehr sein sich sie sind so um und uns unter vom von vor war was weil wenn
wer wie wieder wir wird wo zu zum zur über`;

const ARABIC = `من في على إلى عن مع هذا هذه ذلك تلك التي الذي ما لا لم لن كان كانت قال قالت قلت أن إن أنا هو هي نحن كل
بعد قبل عند عندما متى ثم أو بل قد حتى لكن لكنه فقط هل يا كما بين غير أي له لها لي مني`;

/** Lower case, composed, with typographic apostrophes. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  [ENGLISH, SPANISH, GERMAN, ARABIC].flatMap((words) => words.split(/\s+/)),
);
