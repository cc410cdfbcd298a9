"""Things a child knows: capitals, opposites, plurals, animals, colours, numerals, and some others. Tested in wordings of its own."""

import random

from .calendar import typed
from .draft import Draft, Say, Wordings, wordings
from .numerals import ONES, numeral, roman, roman_parts

CAPITALS = dict(
    pair.split(":")
    for pair in """France:Paris,Germany:Berlin,Spain:Madrid,Italy:Rome,Portugal:Lisbon,Austria:Vienna,Greece:Athens,Norway:Oslo,
Sweden:Stockholm,Finland:Helsinki,Denmark:Copenhagen,Ireland:Dublin,Poland:Warsaw,Hungary:Budapest,Russia:Moscow,
Ukraine:Kyiv,Turkey:Ankara,Egypt:Cairo,Kenya:Nairobi,Morocco:Rabat,Japan:Tokyo,China:Beijing,India:Delhi,
Thailand:Bangkok,Vietnam:Hanoi,Iran:Tehran,Iraq:Baghdad,Cuba:Havana,Peru:Lima,Chile:Santiago,Canada:Ottawa,
Brazil:Brasilia,Argentina:Buenos Aires,England:London,Scotland:Edinburgh,Wales:Cardiff,Belgium:Brussels,Switzerland:Bern,
Romania:Bucharest,Bulgaria:Sofia,Serbia:Belgrade,Croatia:Zagreb,Iceland:Reykjavik,Australia:Canberra,Mexico:Mexico City,
Lebanon:Beirut,Syria:Damascus,Ghana:Accra,Nepal:Kathmandu,Colombia:Bogota,Venezuela:Caracas,Estonia:Tallinn,Latvia:Riga,
Lithuania:Vilnius,the Netherlands:Amsterdam,the USA:Washington,South Korea:Seoul,Slovakia:Bratislava,Slovenia:Ljubljana,Indonesia:Jakarta,
the Philippines:Manila,Pakistan:Islamabad,New Zealand:Wellington,Ecuador:Quito,Nigeria:Abuja,South Africa:Pretoria""".replace("\n", "").split(",")
)
OPPOSITES = [
    tuple(pair.split(":"))
    for pair in """hot:cold,big:small,long:short,fast:slow,high:low,old:young,happy:sad,wet:dry,light:dark,hard:soft,open:closed,
full:empty,rich:poor,strong:weak,loud:quiet,early:late,good:bad,up:down,left:right,in:out,on:off,day:night,black:white,clean:dirty,thick:thin,wide:narrow,
near:far,first:last,same:different,easy:difficult,true:false,begin:end,buy:sell,push:pull,give:take,win:lose,love:hate,laugh:cry,sweet:sour,
deep:shallow,brave:cowardly,safe:dangerous,north:south,east:west,summer:winter,morning:evening,above:below,before:after,always:never,more:less,many:few,
inside:outside,question:answer,friend:enemy,war:peace,life:death,yes:no,sharp:blunt,smooth:rough,polite:rude,asleep:awake,alive:dead,
present:absent,remember:forget,raise:lower,success:failure,arrive:leave,sunrise:sunset,top:bottom,front:back,male:female,
giant:dwarf,beautiful:ugly,noisy:silent,cheap:expensive,start:stop,float:sink,guilty:innocent,ancient:modern,tight:loose,whisper:shout,
heaven:hell,victory:defeat,accept:refuse,increase:decrease,generous:greedy,healthy:sick,married:single,freeze:melt,
kind:mean,clever:stupid,come:go,possible:impossible,lucky:unlucky,correct:incorrect,careful:careless,add:subtract,multiply:divide,
maximum:minimum,visible:invisible,patient:impatient,build:destroy,attack:defend,entrance:exit,wild:tame,over:under,
everything:nothing,lend:borrow,rise:fall,stand:sit,future:past""".replace("\n", "").split(",")
]
ONE_WAY = {"heavy": "light", "tall": "short", "large": "small", "little": "big", "quick": "slow", "huge": "tiny", "warm": "cool",
           "simple": "difficult", "calm": "nervous", "bright": "dark", "shut": "open", "stingy": "generous", "smart": "stupid", "wrong": "right",
           "unhappy": "happy", "glad": "sad", "nasty": "nice"}  # the way back is another's  # fmt: skip
PLURALS = dict(
    pair.split(":")
    for pair in """mouse:mice,child:children,foot:feet,tooth:teeth,goose:geese,man:men,woman:women,ox:oxen,person:people,leaf:leaves,
knife:knives,wolf:wolves,life:lives,wife:wives,half:halves,shelf:shelves,loaf:loaves,thief:thieves,calf:calves,box:boxes,fox:foxes,bus:buses,
church:churches,dish:dishes,brush:brushes,glass:glasses,watch:watches,peach:peaches,bench:benches,kiss:kisses,city:cities,baby:babies,lady:ladies,
story:stories,berry:berries,cherry:cherries,party:parties,family:families,country:countries,puppy:puppies,pony:ponies,fly:flies,potato:potatoes,
tomato:tomatoes,hero:heroes,echo:echoes,sheep:sheep,fish:fish,deer:deer,cat:cats,dog:dogs,house:houses,tree:trees,car:cars,book:books,apple:apples,
day:days,toy:toys,key:keys,boy:boys,monkey:monkeys,girl:girls,table:tables,chair:chairs,flower:flowers,bird:birds,horse:horses,window:windows,door:doors,
river:rivers,lake:lakes,moon:moons,star:stars,song:songs,letter:letters,word:words,pencil:pencils,lamp:lamps,banana:bananas,orange:oranges,egg:eggs,
piano:pianos,photo:photos,roof:roofs,louse:lice,cactus:cacti,crisis:crises,wish:wishes,match:matches,class:classes,tax:taxes,hand:hands,
eye:eyes,ear:ears,friend:friends,teacher:teachers,king:kings,queen:queens,shoe:shoes,hat:hats,bee:bees,ant:ants,cow:cows,pig:pigs""".replace(
        "\n", ""
    ).split(",")
)
LEGS = {
    "spider": 8,
    "dog": 4,
    "cat": 4,
    "horse": 4,
    "bird": 2,
    "human": 2,
    "ant": 6,
    "bee": 6,
    "cow": 4,
    "chicken": 2,
    "fly": 6,
    "elephant": 4,
    "snake": 0,
    "fish": 0,
    "duck": 2,
    "sheep": 4,
    "beetle": 6,
    "butterfly": 6,
}
YOUNG = dict(
    pair.split(":")
    for pair in """dog:puppy,cat:kitten,cow:calf,horse:foal,sheep:lamb,pig:piglet,goat:kid,bear:cub,duck:duckling,hen:chick,goose:gosling,
frog:tadpole,deer:fawn,swan:cygnet,owl:owlet,kangaroo:joey""".replace("\n", "").split(",")
)
COLOURS = dict(
    pair.split(":")
    for pair in """grass:green,the sky:blue,snow:white,blood:red,a banana:yellow,coal:black,a lemon:yellow,milk:white,a tomato:red,
the sun:yellow,an orange:orange,chocolate:brown,a crow:black,a frog:green,a strawberry:red,a cucumber:green,an elephant:gray,
a flamingo:pink,the sea:blue,a carrot:orange,a cherry:red,salt:white,a pea:green,ketchup:red""".replace("\n", "").split(",")
)
MIXES = {("blue", "yellow"): "green", ("red", "yellow"): "orange", ("red", "blue"): "purple", ("black", "white"): "gray",
         ("red", "white"): "pink", ("red", "green"): "brown"}  # of paints # fmt: skip
SOUNDS = dict(
    pair.split(":")
    for pair in """cow:moo,dog:woof,cat:meow,sheep:baa,pig:oink,duck:quack,horse:neigh,lion:roar,snake:hiss,owl:hoot,bee:buzz,
mouse:squeak,frog:croak,crow:caw,goose:honk,chick:cheep,rooster:cock-a-doodle-doo,donkey:hee-haw""".replace("\n", "").split(",")
)
RIPE = {"a banana", "a lemon", "a tomato", "an orange", "a strawberry", "a cucumber", "a cherry", "a carrot"}
OTHERS = (  # asked in two or more ways each; the last is kept for the test
    (
        "Water freezes at 0 degrees Celsius.",
        "At what temperature does water freeze?",
        "When does water freeze?",
        "What is the freezing point of water?",
    ),
    (
        "Water boils at 100 degrees Celsius.",
        "At what temperature does water boil?",
        "When does water boil?",
        "What is the boiling point of water?",
    ),
    (
        "Mercury is the planet closest to the sun.",
        "Which planet is closest to the sun?",
        "What is the closest planet to the sun?",
        "Which planet is nearest to the sun?",
    ),
    ("Jupiter is the largest planet.", "Which planet is the largest?", "What is the largest planet?", "What is the biggest planet?"),
    (
        "There are eight planets.",
        "How many planets are there?",
        "How many planets does the sun have?",
        "How many planets are in the solar system?",
    ),
    (
        "The earth has one moon.",
        "How many moons does the earth have?",
        "How many moons has the earth?",
        "How many moons go around the earth?",
    ),
    (
        "A triangle has three sides.",
        "How many sides does a triangle have?",
        "How many sides has a triangle?",
        "What number of sides does a triangle have?",
    ),
    (
        "A square has four sides.",
        "How many sides does a square have?",
        "How many sides has a square?",
        "What number of sides does a square have?",
    ),
    (
        "A hexagon has six sides.",
        "How many sides does a hexagon have?",
        "How many sides has a hexagon?",
        "What number of sides does a hexagon have?",
    ),
    ("There are five vowels: a, e, i, o, u.", "What are the vowels?", "Which letters are vowels?", "Name the vowels."),
    (
        "There are 26 letters in the English alphabet.",
        "How many letters are in the English alphabet?",
        "How many letters does the alphabet have?",
        "How many letters are in the alphabet?",
    ),
    (
        "The four seasons are spring, summer, autumn and winter.",
        "What are the four seasons?",
        "Name the four seasons.",
        "Which seasons are there?",
    ),
    ("The largest ocean is the Pacific.", "What is the largest ocean?", "Which ocean is the largest?", "What is the biggest ocean?"),
    ("The largest animal is the blue whale.", "What is the largest animal?", "Which animal is the largest?", "What is the biggest animal?"),
    ("Bees make honey.", "Who makes honey?", "Which animals make honey?", "What animal makes honey?"),
    ("A week has seven days.", "How many days does a week have?", "How many days are in a week?", "How many days are there in a week?"),
    (
        "A year has twelve months.",
        "How many months does a year have?",
        "How many months are in a year?",
        "How many months are there in a year?",
    ),
    (
        "A year has 365 days, a leap year 366.",
        "How many days does a year have?",
        "How many days are in a year?",
        "How many days are there in a year?",
    ),
    (
        "An hour has 60 minutes.",
        "How many minutes does an hour have?",
        "How many minutes are in an hour?",
        "How many minutes are there in an hour?",
    ),
    (
        "A minute has 60 seconds.",
        "How many seconds does a minute have?",
        "How many seconds are in a minute?",
        "How many seconds are there in a minute?",
    ),
    ("A day has 24 hours.", "How many hours does a day have?", "How many hours are in a day?", "How many hours are there in a day?"),
    ("A dozen is twelve.", "How many is a dozen?", "How much is a dozen?", "What is a dozen?"),
    ("There are seven continents.", "How many continents are there?", "How many continents does the earth have?",
     "What is the number of continents?"),
    ("A rainbow has seven colors.", "How many colors does a rainbow have?", "How many colours are in a rainbow?",
     "How many colors are there in a rainbow?"),
    ("A hand has five fingers.", "How many fingers does a hand have?", "How many fingers are on a hand?",
     "How many fingers are there on a hand?"),
    ("A century has 100 years.", "How many years does a century have?", "How many years are in a century?", "How long is a century?",
     "How many years are there in a century?"),
    ("A year has 52 weeks.", "How many weeks does a year have?", "How many weeks are in a year?", "How many weeks are there in a year?"),
    ("A kilometer has 1000 meters.", "How many meters does a kilometer have?", "How many meters are in a kilometer?",
     "How many meters are there in a kilometer?"),
    ("A meter has 100 centimeters.", "How many centimeters does a meter have?", "How many centimeters are in a meter?",
     "How many centimeters are there in a meter?"),
    ("A kilogram has 1000 grams.", "How many grams does a kilogram have?", "How many grams are in a kilogram?",
     "How many grams are there in a kilogram?"),
    ("The sun rises in the east.", "Where does the sun rise?", "In which direction does the sun rise?",
     "In the east or west: where does the sun rise?",
     "On which side does the sun rise?"),
    ("The sun sets in the west.", "Where does the sun set?", "In which direction does the sun set?", "Where does the sun go down?",
     "On which side does the sun set?"),
    ("Ice is frozen water.", "What is ice?", "What is ice made of?", "What is frozen water called?"),
)
CAPITAL, COUNTRY, OPPOSITE, PLURAL, LEG, YOUNGS, COLOUR, MIX, SOUND, IN_WORDS, IN_DIGITS, TO_ROMAN, FROM_ROMAN = wordings(
    "facts", "CAPITAL", "COUNTRY", "OPPOSITE", "PLURAL", "LEG", "YOUNGS", "COLOUR", "MIX", "SOUND", "IN_WORDS", "IN_DIGITS",
    "TO_ROMAN", "FROM_ROMAN",
)  # fmt: skip
KNOWN = [
    (Wordings(tuple([*asked[:-1], *(f"Tell me: {a[0].lower()}{a[1:]}" for a in asked[:-1])]), asked[-1:]), answer)
    for answer, *asked in OTHERS
]


def draw(rng: random.Random, say: Say) -> Draft:
    kinds = (_capital, _opposite, _plural, _animal, _colour, _numeral, _other, _roman, _mix, _sound)
    return rng.choices(kinds, (26, 24, 23, 8, 6, 8, 7, 9, 3, 4))[0](rng, say)


def _known(prompt: str, thought: str, answer: str) -> Draft:
    return Draft((), prompt, answer, thought, f"{thought}. Check: {thought}, right.")


def _capital(rng, say: Say) -> Draft:
    country, capital = rng.choice(list(CAPITALS.items()))
    if rng.random() < 0.65:
        return _known(typed(rng, say, CAPITAL, x=country), f"{country} > {capital}", f"The capital of {country} is {capital}.")
    return _known(typed(rng, say, COUNTRY, x=capital), f"{capital} > {country}", f"{capital} is the capital of {country}.")


def _opposite(rng, say: Say) -> Draft:
    a, b = rng.choice(OPPOSITES) if rng.random() < 0.9 else rng.choice(list(ONE_WAY.items()))
    if rng.random() < 0.5 and a not in ONE_WAY:
        a, b = b, a
    return _known(typed(rng, say, OPPOSITE, 0.1, x=a), f"{a} > {b}", f"The opposite of {a} is {b}.")


def _plural(rng, say: Say) -> Draft:
    one, many = rng.choice(list(PLURALS.items()))
    return _known(typed(rng, say, PLURAL, 0.1, x=_one(rng, one)), f"{one} > {many}", f"The plural of {one} is {many}.")


def _one(rng, word: str) -> str:
    """mouse; now and then a mouse or Mouse."""
    kind = rng.random()
    if kind < 0.04:
        return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
    return word.capitalize() if kind < 0.07 else word


def _animal(rng, say: Say) -> Draft:
    if rng.random() < 0.5:
        animal, legs = rng.choice(list(LEGS.items()))
        some = f"{'an' if animal[0] in 'aeiou' else 'a'} {animal}"
        asked = rng.choice((some, some, f"the {animal}", f"one {animal}", f"any {animal}"))
        return _known(say(LEG, x=asked), f"{animal} > {legs}", f"{some[0].upper()}{some[1:]} has {legs or 'no'} legs.")
    animal, young = rng.choice(list(YOUNG.items()))
    return _known(
        say(YOUNGS, x=animal), f"{animal} > {young}", f"A young {animal} is called a{'n' if young[0] in 'aeiou' else ''} {young}."
    )


def _colour(rng, say: Say) -> Draft:
    thing, colour = rng.choice(list(COLOURS.items()))
    asked = thing
    if thing in RIPE and rng.random() < 0.25:
        asked = f"a ripe {thing.split()[1]}"
    elif " " in thing and rng.random() < 0.1:
        asked = thing.replace("an ", "the ").replace("a ", "the ")
    return _known(typed(rng, say, COLOUR, 0.1, x=asked), f"{thing} > {colour}", f"{thing[0].upper()}{thing[1:]} is {colour}.")


def _mix(rng, say: Say) -> Draft:
    (a, b), mixed = rng.choice(list(MIXES.items()))
    a, b = (a, b) if rng.random() < 0.5 else (b, a)
    return _known(typed(rng, say, MIX, 0.1, x=a, y=b), f"{a} and {b} > {mixed}", f"{a[0].upper()}{a[1:]} and {b} make {mixed}.")


def _sound(rng, say: Say) -> Draft:
    animal, sound = rng.choice(list(SOUNDS.items()))
    some = f"{'an' if animal[0] in 'aeiou' else 'a'} {animal}"
    asked = rng.choice((some, some, some, f"the {animal}"))
    return _known(typed(rng, say, SOUND, 0.1, x=asked), f"{animal} > {sound}", f"{some[0].upper()}{some[1:]} says {sound}.")


def _numeral(rng, say: Say) -> Draft:
    if rng.random() < 0.25:
        return _long_numeral(rng, say)
    n = rng.randint(0, 100)
    if rng.random() < 0.6:
        return _known(say(IN_WORDS, x=n), f"{n} > {numeral(n)}", f"{numeral(n)[0].upper()}{numeral(n)[1:]}.")
    return _known(say(IN_DIGITS, x=numeral(n)), f"{numeral(n)} > {n}", f"{n}.")


def _long_numeral(rng, say: Say) -> Draft:
    """101 to 999: the hundreds, then the rest."""
    n = rng.randint(101, 999)
    rest = numeral(n % 100) if n % 100 else ""
    hundreds = f"{ONES[n // 100]} hundred"
    words = f"{hundreds} {rest}".strip()
    if rng.random() < 0.6:
        return _keyed(("numeral", n), say(IN_WORDS, x=n), f"{n} > {words}", f"{words[0].upper()}{words[1:]}.")
    asked = f"{hundreds} and {rest}" if rest and rng.random() < 0.5 else words
    return _keyed(("numeral", n), say(IN_DIGITS, x=asked), f"{words} > {n}", f"{n}.")


def _roman(rng, say: Say) -> Draft:
    """By parts: 14 = 10 + 4: X IV, and XIV: X IV = 10 + 4 = 14. Small ones more often, and years."""
    n = rng.randint(1, rng.choices((39, 100, 999, 2050), (35, 35, 10, 5))[0]) if rng.random() < 0.85 else rng.randint(1800, 2050)
    values, parts = zip(*roman_parts(n))
    split = " + ".join(map(str, values))
    if rng.random() < 0.5:
        asked = numeral(n) if n <= 100 and rng.random() < 0.15 else n
        thought = f"{n} = {split}" if len(parts) > 1 else f"{n}"
        return _keyed(("roman", n), say(TO_ROMAN, x=asked), f"{thought}: {' '.join(parts)}", f"{roman(n)}.")
    medium = f"{roman(n)}: {' '.join(parts)} = {split} = {n}" if len(parts) > 1 else f"{roman(n)} = {n}"
    asked = roman(n).lower() if n > 1 and rng.random() < 0.12 else roman(n)
    return _keyed(("roman", n), say(FROM_ROMAN, x=asked), medium, f"{n}.")


def _keyed(key: tuple, prompt: str, thought: str, answer: str) -> Draft:
    return Draft(key, prompt, answer, thought, f"{thought}. Check: {thought}, right.")


def _other(rng, say: Say) -> Draft:
    wordings, answer = rng.choice(KNOWN)
    return _known(say(wordings), "I know that", answer)
