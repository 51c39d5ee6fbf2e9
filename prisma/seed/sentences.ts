/** What the slots of a sentence are filled with. Each word of a list fits wherever the list's slot stands. */
const FILLINGS = {
  place:
    'the harbour|the bus depot|the laundrette|the old library|the allotment|the ferry|platform four|the swimming pool|the corner shop|the bakery|the roof café|the waiting room|the tram stop|the chess club|the market hall|the back garden|the museum|the bridge|the station café|the school gate|the campsite|the tailor’s|the repair shop|the community hall|the town hall|the canal lock',
  food: 'lentil soup|cardamom buns|fried plantain|rye bread|mango pickle|dumplings|flatbread|rice pudding|grilled corn|black beans|rhubarb cake|miso soup|stuffed peppers|apple strudel|fish stew|chickpea curry|cheese scones|sour cherries|potato pancakes|okra|pumpkin pie|sesame noodles|date cookies|tomato salad|porridge|empanadas',
  person:
    'my sister|my neighbour|my uncle|the postwoman|my flatmate|the plumber|my daughter|the bus driver|my grandfather|our teacher|the barber|my cousin|the librarian|my boss|my old coach|the lady upstairs|my best friend|the caretaker|my father-in-law|the new intern|my dentist|the choir master|my brother|the man at the kiosk|my aunt|the gardener',
  thing:
    'red umbrella|kettle|bicycle lamp|left glove|cracked accordion|wheelbarrow|chessboard|ladder|typewriter|fishing rod|sewing machine|trombone|tent|thermos flask|globe|wool hat|screwdriver|record player|suitcase|wall clock|ping-pong table|hammock|telescope|bread tin|kite|jigsaw puzzle',
  animal:
    'heron|neighbour’s cat|hedgehog|goose|fox|pigeon|snail|deaf old dog|magpie|goat|bat|swan|squirrel|toad|donkey|bumblebee|seagull|hare|parrot|spider|robin|mole|barn owl|tortoise|rooster|dragonfly',
  time: 'at six in the morning|before breakfast|on a Tuesday|twice a week|during the storm|after midnight|in the rain|on the way home|at lunch|for the third time|before anyone was up|on the last day|between two meetings|just before closing|in complete silence|on my birthday|with the window open|after choir practice|without a map|in my good shoes|over the weekend|by candlelight|in the snow|under the bridge|in the first row|at the very end',
} as const;

const SENTENCES = [
  'Left my {thing} on the tram. The driver knew whose it was before I asked.',
  'There is a {animal} living behind {place} and everybody pretends not to know.',
  'Taught {person} to make {food}. Now I am no longer needed.',
  'Nobody tells you how much of adult life is looking for a {thing}.',
  'Today I learned that {person} can whistle in two voices.',
  'Quiet evening at {place}. Somebody was humming and nobody minded.',
  'I went out for milk and came back with a {thing}. We still have no milk.',
  'If anyone needs me, I am eating {food} {time}.',
  'Overheard at {place}: “It was not a mistake, it was a rehearsal.”',
  'The {animal} is back. It looked at me as if I were the one who had been away.',
  'My whole plan for the weekend: {food}, a book, no shoes.',
  'Asked {person} for advice and got a {thing}. It helped.',
  'A small victory: finished the crossword {time}.',
  'They are painting {place} yellow. I was against it. I was wrong.',
  'Three people told me this week that they miss {food}. Nobody knows where it went.',
  'Selling a {thing}, hardly used, some memories included.',
  'It takes exactly one {animal} to stop a meeting.',
  'The light at {place} around five o’clock should be under protection.',
  'Went running {time}. Would describe it as walking with ambition.',
  'To {person}: you were right about the curtains.',
  'Somebody repaired the bench near {place}. No plaque, no name. Thank you.',
  'I have been promised {food} and I will wait as long as it takes.',
  'My {thing} has outlived two phones, a marriage and a football club.',
  'Queue at {place}: eleven people, one dog, no hurry.',
  'Nothing beats {food} {time}.',
  'The secret of a long friendship is a shared {thing}.',
  'Saw a {animal} cross the road at the lights. It waited for green.',
  'Power cut. We told ghost stories until {person} asked for the lights back.',
  'New rule at home: whoever cooks {food} does not wash up.',
  'Practised the same eight bars {time}. The wall has begun to applaud.',
  'I would like to thank {person} for the lift and the silence.',
  'Lost an argument with a {animal}. I had the facts, it had the garden.',
  'Somebody has knitted a scarf for the statue near {place}.',
  'Fixed the {thing} with tape. Called it restoration.',
  'Letters I should write: four. Letters I have written: this.',
  'The best seat at {place} is the one beside the radiator and I will not be taking questions.',
  'Whoever invented {food} must have been having a very hard winter.',
  'Met an old friend at {place}. We picked up in the middle of a sentence from 2011.',
  'Wrote a letter {time}, and for once I had nowhere to be.',
  'Every family needs someone who can fold a map. We have {person}.',
  'The {animal} has had babies. The caretaker is handing out chocolate.',
  'Planted beans. Told {person} they were roses. We shall see.',
  'There should be a word for finding your {thing} the day after you buy a new one.',
  'Sang {time}. Nobody left. One person may have been asleep.',
  'The recipe for {food} serves six. The recipe does not know my brother.',
  'Half past nine at {place} and already three good conversations.',
  'I keep a {thing} in the hall in case of visitors or burglars.',
  'Today’s lesson from {person}: measure twice, complain once.',
  'Walked the long way round past {place}. Recommended.',
  'The children have elected a {animal} as mayor. Turnout was excellent.',
  'Got up early, saw the sun, went back to bed with the information.',
  'You can tell a lot about people by what they do with {food}.',
  'Found a note in a second-hand {thing}: “Keep it, I am happy now.”',
  'The view from {place} is free. I checked.',
  'Explained the offside rule to {person} with salt and pepper. The mustard was the referee.',
  'A {animal} at the window {time}. Neither of us blinked.',
  'The trick with {food} is to stop before you think you should.',
  'Twenty minutes late, and {person} had saved me a seat.',
  'I have finally read the manual of my {thing}. It can do one thing, and I did not know it.',
  'Chalk on the pavement near {place}: “jump here”. Everybody does.',
  'Good news from the doctor, {food} for everyone.',
  'Some days the only one who understands me is a {animal}, and we do not share a language.',
  'Unpopular opinion: {place} is better in winter.',
  'Told my best joke {time}. The conductor clapped.',
  'My grandmother’s answer to everything: eat some {food}, then decide.',
  'I drew a {animal}. People are very kind about the horse.',
  'Someone is learning the trumpet near {place}. They have nearly got the first note.',
  'To the person who took my {thing} by mistake: it squeaks, you have to talk to it.',
  'The exam is over. I wrote something about {food}; it was geography.',
  'Went to {place} to be alone. So had forty others.',
  'Told {person} a secret. Told the hairdresser a better one.',
  'First frost. The {animal} and I are both reconsidering our choices.',
  'If it fits in a backpack it is a hobby. I have just bought a {thing}.',
  'The meeting could have been {food}.',
  'Sat at {place} for an hour without looking at the clock. I looked twice.',
  'Whenever I make plans, {person} makes soup.',
  'I am told the {animal} is not ours. The {animal} has been told otherwise.',
  'We moved the {thing} to the other room. It feels like a holiday.',
  'Danced {time}. My knees have filed a complaint.',
  'Ten years in this town, and today somebody at {place} finally said my name right.',
  'Brought {food} to work. I have never had so many colleagues.',
  'The clock at {place} has been wrong for so long that we meet by it.',
] as const;

/**
 * The n-th sentence of the population. A sentence comes again only after all others, and with other words in its slots,
 * so that one page of a timeline never repeats itself.
 */
export function sentence(n: number, seed: number): string {
  const place = (n + seed) % SENTENCES.length;
  const round = Math.floor(n / SENTENCES.length);
  let text: string = at(SENTENCES, place);
  for (const [slot, fillings] of Object.entries(FILLINGS)) {
    text = text.replaceAll(`{${slot}}`, at(fillings.split('|'), place + round + seed));
  }
  return text;
}

const at = (list: readonly string[], n: number): string => list[n % list.length] ?? '';

/** What generated authors say about themselves. */
export const bios: readonly string[] = [
  'Mostly weather and bread.',
  'Teacher by day, bassoon by night.',
  'I repair clocks and arrive late.',
  'Three children, two languages, one bathroom.',
  'Nurse. Night shift. Please talk quietly.',
  'Retired from the railway, still on time.',
  'Looking for the perfect lentil soup.',
  'Allotment 41. Come by, bring string.',
  'Writes postcards. Sends some.',
  'Learning to swim at fifty-two.',
  'Carpenter. Opinions on doors.',
  'Student of rivers.',
  'Second violin, first to leave.',
  'Here for the maps.',
  'Runs slowly and tells everyone.',
  'Beekeeper, mostly forgiven.',
  'Ferry captain on the shortest line in the country.',
  'I draw what I cannot photograph.',
  'Grandmother of five, goalkeeper of one team.',
  'Between two books.',
  'Paints fences and portraits. Fences pay better.',
  'Amateur of everything.',
  'Tea first.',
];
