"""A phrasebook between English, French, German and Spanish. Its entries are known; tested are other wordings."""

import random

from .draft import Draft, Say, wordings

LANGUAGES = ("English", "French", "German", "Spanish")
ENTRIES = [
    tuple(line.strip().split("|"))
    for line in """
cat|chat|Katze|gato
dog|chien|Hund|perro
horse|cheval|Pferd|caballo
cow|vache|Kuh|vaca
bird|oiseau|Vogel|pájaro
fish|poisson|Fisch|pez
mouse|souris|Maus|ratón
house|maison|Haus|casa
door|porte|Tür|puerta
window|fenêtre|Fenster|ventana
table|table|Tisch|mesa
chair|chaise|Stuhl|silla
bed|lit|Bett|cama
book|livre|Buch|libro
bread|pain|Brot|pan
water|eau|Wasser|agua
milk|lait|Milch|leche
cheese|fromage|Käse|queso
apple|pomme|Apfel|manzana
egg|œuf|Ei|huevo
meat|viande|Fleisch|carne
salt|sel|Salz|sal
sugar|sucre|Zucker|azúcar
coffee|café|Kaffee|café
tea|thé|Tee|té
wine|vin|Wein|vino
red|rouge|rot|rojo
blue|bleu|blau|azul
green|vert|grün|verde
yellow|jaune|gelb|amarillo
black|noir|schwarz|negro
white|blanc|weiß|blanco
one|un|eins|uno
two|deux|zwei|dos
three|trois|drei|tres
four|quatre|vier|cuatro
five|cinq|fünf|cinco
six|six|sechs|seis
seven|sept|sieben|siete
eight|huit|acht|ocho
nine|neuf|neun|nueve
ten|dix|zehn|diez
eleven|onze|elf|once
twelve|douze|zwölf|doce
mother|mère|Mutter|madre
father|père|Vater|padre
brother|frère|Bruder|hermano
sister|sœur|Schwester|hermana
child|enfant|Kind|niño
friend|ami|Freund|amigo
man|homme|Mann|hombre
woman|femme|Frau|mujer
sun|soleil|Sonne|sol
moon|lune|Mond|luna
star|étoile|Stern|estrella
sea|mer|Meer|mar
tree|arbre|Baum|árbol
flower|fleur|Blume|flor
day|jour|Tag|día
night|nuit|Nacht|noche
year|an|Jahr|año
city|ville|Stadt|ciudad
street|rue|Straße|calle
school|école|Schule|escuela
train|train|Zug|tren
car|voiture|Auto|coche
hand|main|Hand|mano
head|tête|Kopf|cabeza
eye|œil|Auge|ojo
heart|cœur|Herz|corazón
big|grand|groß|grande
small|petit|klein|pequeño
good|bon|gut|bueno
new|nouveau|neu|nuevo
yes|oui|ja|sí
no|non|nein|no
today|aujourd'hui|heute|hoy
tomorrow|demain|morgen|mañana
Good morning.|Bonjour.|Guten Morgen.|Buenos días.
Good evening.|Bonsoir.|Guten Abend.|Buenas tardes.
Good night.|Bonne nuit.|Gute Nacht.|Buenas noches.
Goodbye.|Au revoir.|Auf Wiedersehen.|Adiós.
Thank you.|Merci.|Danke.|Gracias.
Thank you very much.|Merci beaucoup.|Vielen Dank.|Muchas gracias.
Please.|S'il vous plaît.|Bitte.|Por favor.
Excuse me.|Excusez-moi.|Entschuldigung.|Perdón.
How are you?|Comment allez-vous?|Wie geht es Ihnen?|¿Cómo está usted?
I am hungry.|J'ai faim.|Ich habe Hunger.|Tengo hambre.
I am thirsty.|J'ai soif.|Ich habe Durst.|Tengo sed.
I am tired.|Je suis fatigué.|Ich bin müde.|Estoy cansado.
I am cold.|J'ai froid.|Mir ist kalt.|Tengo frío.
Where is the station?|Où est la gare?|Wo ist der Bahnhof?|¿Dónde está la estación?
Where is the toilet?|Où sont les toilettes?|Wo ist die Toilette?|¿Dónde está el baño?
Where is the hotel?|Où est l'hôtel?|Wo ist das Hotel?|¿Dónde está el hotel?
How much is it?|Combien ça coûte?|Wie viel kostet das?|¿Cuánto cuesta?
What is your name?|Comment vous appelez-vous?|Wie heißen Sie?|¿Cómo se llama usted?
I do not understand.|Je ne comprends pas.|Ich verstehe nicht.|No entiendo.
I do not know.|Je ne sais pas.|Ich weiß nicht.|No sé.
Do you speak English?|Parlez-vous anglais?|Sprechen Sie Englisch?|¿Habla usted inglés?
I would like a coffee.|Je voudrais un café.|Ich möchte einen Kaffee.|Quisiera un café.
I would like a tea.|Je voudrais un thé.|Ich möchte einen Tee.|Quisiera un té.
The bill, please.|L'addition, s'il vous plaît.|Die Rechnung, bitte.|La cuenta, por favor.
What time is it?|Quelle heure est-il?|Wie spät ist es?|¿Qué hora es?
See you tomorrow.|À demain.|Bis morgen.|Hasta mañana.
I love you.|Je t'aime.|Ich liebe dich.|Te quiero.
It is raining.|Il pleut.|Es regnet.|Llueve.
Can you help me?|Pouvez-vous m'aider?|Können Sie mir helfen?|¿Puede ayudarme?
I am lost.|Je suis perdu.|Ich habe mich verlaufen.|Estoy perdido.
Happy birthday!|Joyeux anniversaire!|Alles Gute zum Geburtstag!|¡Feliz cumpleaños!
Good luck!|Bonne chance!|Viel Glück!|¡Buena suerte!
I live in Paris.|J'habite à Paris.|Ich wohne in Paris.|Vivo en París.
The water is cold.|L'eau est froide.|Das Wasser ist kalt.|El agua está fría.
The house is big.|La maison est grande.|Das Haus ist groß.|La casa es grande.
I have a dog.|J'ai un chien.|Ich habe einen Hund.|Tengo un perro.
I have a cat.|J'ai un chat.|Ich habe eine Katze.|Tengo un gato.
""".strip().split("\n")
]
INTO, WHICH = wordings("translation", "INTO", "WHICH")
FOREIGN = {  # asked in the language itself; the language to translate into by its name there
    language: (*wordings("translation", language), names)
    for language, names in (
        ("German", {"English": "Englisch", "French": "Französisch", "Spanish": "Spanisch"}),
        ("French", {"English": "anglais", "German": "allemand", "Spanish": "espagnol"}),
        ("Spanish", {"English": "inglés", "German": "alemán", "French": "francés"}),
    )
}
# written like a common word of another of the four, so that its language can't be told
FALSE_FRIENDS = set(
    "chat pain lit rue an non grand main mer bon pan once sol sal mano rot red Kind Tag Stern elf acht gut sept dos mesa".split()
)
_ALL = [word.lower() for entry in ENTRIES for word in entry]
_UNCLEAR = {word for entry in ENTRIES for word in entry if _ALL.count(word.lower()) > 1 or word in FALSE_FRIENDS}


def draw(rng: random.Random, say: Say) -> Draft:
    entry = rng.choice(ENTRIES)
    if rng.random() < 0.1:
        at = rng.randrange(4)
        if entry[at] not in _UNCLEAR:
            return _draft(say(WHICH, x=entry[at]), f"It is {LANGUAGES[at]}.", f"{entry[at]} is {LANGUAGES[at]}")
    start = 0 if rng.random() < 0.55 else rng.randrange(1, 4)
    end = rng.choice([k for k in range(4) if k != start])
    if start and end and rng.random() < 0.5:
        end = 0
    text, found = entry[start], entry[end]
    asked, names = FOREIGN[LANGUAGES[start]] if start and rng.random() < 0.3 else (INTO, None)
    typed = text
    if rng.random() < 0.35 and text[-1] in ".!?":  # as it is typed in the middle of a question
        typed = text[:-1] if text[-1] == "." or rng.random() < 0.5 else text
        typed = typed[0].lower() + typed[1:] if not typed.startswith("I ") and rng.random() < 0.7 else typed
    prompt = say(asked, x=typed, l=names[LANGUAGES[end]] if names else LANGUAGES[end])
    by_way = f" = {entry[0]}" if start and end else ""
    return _draft(prompt, found, f"{LANGUAGES[end]}: {text}{by_way} > {found}")


def _draft(prompt: str, answer: str, medium: str) -> Draft:
    text, _, found = medium.rpartition(" > ")
    stop = "" if medium[-1] in ".?!" else "."
    back = f"{found} > {text.partition(': ')[2]}" if text else medium
    return Draft((), prompt, answer, medium, f"{medium}{stop} Check: {back}")
