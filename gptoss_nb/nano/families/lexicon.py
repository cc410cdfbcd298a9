"""Words and names, all written down here or made up from syllables."""

import random

WORDS = """
apple banana cherry lemon orange plum peach grape melon berry bread butter cheese honey sugar salt pepper water milk juice
coffee tea rice bean corn soup cake pie egg fish meat apricot olive onion carrot potato tomato garlic ginger mango papaya
cat dog horse cow sheep goat pig duck goose hen mouse rabbit tiger lion bear wolf fox deer eagle owl crow swan whale shark
crab snake frog turtle spider ant bee wasp moth worm camel zebra giraffe monkey panda koala otter beaver badger hamster
house door window roof wall floor room kitchen garden fence bridge tower castle church school shop market street road path
table chair bed lamp mirror clock carpet pillow blanket drawer shelf basket bottle bucket candle needle button pocket
book paper pencil letter page story poem song music piano guitar violin drum flute dance paint color picture camera
sun moon star sky cloud rain snow wind storm thunder fog ice fire smoke stone rock sand hill mountain valley river lake sea
ocean island beach forest tree leaf root flower rose tulip grass moss fern bush seed branch trunk desert jungle meadow
hand foot arm leg head face eye ear nose mouth tooth tongue neck shoulder finger knee heart bone skin hair brain stomach
mother father sister brother child friend teacher doctor farmer baker sailor soldier singer writer painter king queen
prince knight wizard giant dragon ghost robot pirate angel monster hero clown ninja
red blue green yellow purple pink black white brown silver golden gray
big small long short tall wide narrow deep high low fast slow hot cold warm cool dry wet hard soft heavy light bright dark
happy sad angry calm brave shy kind proud quiet loud clever funny gentle honest lazy polite strange tiny huge young old
run walk jump swim fly climb crawl sing laugh cry sleep dream eat drink cook bake read write draw build break open close
push pull carry throw catch find lose give take buy sell wash clean dig plant grow pick
north south east west left right spring summer autumn winter morning evening night day week month year hour minute second
train plane boat ship car bus bike truck wheel engine rocket anchor ladder hammer saw nail rope chain wire metal wood
glass silk cotton wool leather plastic rubber copper iron gold diamond crystal pearl
planet comet galaxy orbit atom cell energy number circle square triangle line point angle curve model token expert router
layer kernel notebook window python cipher puzzle riddle secret magic treasure journey adventure holiday birthday party
ticket passport suitcase umbrella jacket sweater trousers shirt shoe boot hat glove scarf belt ring necklace
""".split()

NAMES = """
Ada Alan Alice Amir Anna Anton Aisha Ben Bella Boris Carla Carlos Chen Clara Daniel Dana David Diana Elena Elias Emma Eric
Eva Fatima Felix Fiona Frank Freya Gina Grace Hana Hannah Hans Hugo Ida Igor Ines Iris Ivan Jack Jana Jane Jonas Julia Karim
Kate Kenji Lara Leila Lena Leo Liam Lina Linus Lucas Lucy Luis Maja Marco Maria Mark Marta Maya Mei Mia Mila Milan Mira
Mona Nadia Nils Nina Noah Nora Oliver Olga Omar Oscar Otto Paula Pavel Peter Petra Pia Priya Raj Ravi Rita Robert Rosa
Ruth Sam Sara Selma Simon Sofia Sonja Stella Sven Tara Theo Thomas Tina Tom Uma Vera Victor Viola Wanda Wei Yara Yuki Yusuf
Zara Zoe Bob Charlie Max John James Mary Lisa Laura Paul Martin Michael Sarah George Henry Ella Finn Greta Oskar Jan Kim
""".split()

VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnprstvwz"


def made_up(rng: random.Random, length: int) -> str:
    """A word of `length` letters that can be said, now and then one that can't."""
    if rng.random() < 0.15:
        return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=length))
    word, vowel = "", rng.random() < 0.3
    while len(word) < length:
        word += rng.choice(VOWELS if vowel else CONSONANTS)
        vowel = not vowel if rng.random() < 0.85 else vowel
    return word


def name(rng: random.Random) -> str:
    """A name: one from the list, or a made-up one."""
    return rng.choice(NAMES) if rng.random() < 0.5 else made_up(rng, rng.randint(3, 8)).capitalize()
