/** Texts unlike each other: short and long, plain and full of numbers, names, signs and long words. None was used to fit the estimate. */
export const variedTexts: readonly string[] = [
  'Hi!',
  'Good morning, everyone.',
  'Welcome to our channel. Today we are going to bake bread.',
  'My name is Anna and I have been a nurse for twenty years.',
  'The quick brown fox jumps over the lazy dog.',
  'She sells sea shells by the sea shore, and the shells she sells are surely seashells.',
  'How much wood would a woodchuck chuck if a woodchuck could chuck wood?',
  'Peter Piper picked a peck of pickled peppers.',
  'In 1969, two people walked on the moon while 600 million watched.',
  'Call us at 555-0142 before 5:30 pm on March 3rd.',
  'The total is $1,249.99, which includes a 15% tip.',
  'NASA and the FBI sent a PDF to the BBC.',
  'Dr. Smith lives at 221 Baker St. and works from 9 to 5.',
  'Yes. No. Maybe. I do not know. Ask me again tomorrow.',
  'Internationalization and responsibility are uncharacteristically long words.',
  'Pneumonoultramicroscopicsilicovolcanoconiosis is a lung disease.',
  'Wait... what? You mean — seriously — that he left?',
  'Grandmother used to say: “Patience is bitter, but its fruit is sweet.”',
  'The recipe needs 2 eggs, 250 g of flour, 1/2 cup of milk and a pinch of salt.',
  'Version 2.10.3 fixes 47 bugs & adds 12 features.',
  'Visit www.example.com for more.',
  'Rain, rain, go away, come again another day.',
  'To be, or not to be, that is the question: whether tis nobler in the mind to suffer the slings and arrows of outrageous fortune.',
  'Four score and seven years ago our fathers brought forth, upon this continent, a new nation, conceived in liberty.',
  'The mitochondria is the powerhouse of the cell, converting nutrients into adenosine triphosphate.',
  'Happy birthday, dear Grandpa! We hope that your 80th year is the best one yet.',
  'Our quarterly revenue grew by 23.5 percent, to 4.2 million dollars.',
  'Turn left, then right, then left again; the house is at the end of the road (the blue one).',
  'I love you more than words can say, and I will be home soon.',
  'Café owners José and Zoë serve crème brûlée daily.',
  'Breathe in. Hold it for four seconds. Breathe out slowly. Let your shoulders fall.',
  'The year is 2050. Cities float. Nobody drives.',
  'Students, please hand in your essays by Friday. Late work loses ten points a day, and no excuses will be heard after the holidays.',
  'It was a bright cold day in April, and the clocks were striking thirteen.',
  'We the people of the United States, in order to form a more perfect union, establish justice.',
  'Photosynthesis turns carbon dioxide and water into glucose and oxygen, using light that chlorophyll absorbs.',
  'Go, go, go, go, go!',
  'Strengths, twelfths and sixths are hard to say.',
  'Area, idea, Ohio, oasis, aorta and Iowa are easy.',
  'At 7 o’clock the children wake. They wash, dress, eat and run to school, where a teacher waits at the gate.\n\nIn the afternoon they come home tired. Someone has made soup.',
  'My fellow citizens, we stand at a crossroads. Behind us lies a century of progress; before us lies a choice. We can turn inward, or we can reach out. ' +
    'I believe that we will reach out, because that is who we are. It will not be easy, and it will not be quick. But step by step, street by street, we will build what our parents dreamed of.',
  'The old lighthouse keeper climbed the stairs every evening. He counted them, though he had known their number for thirty years. At the top he lit the lamp, ' +
    'wiped the glass and looked out over the water. Some nights there were ships. Most nights there was only the dark and the sound of the waves. He liked both. ' +
    'On the last evening before his retirement a small boat came in, steered by a girl of perhaps twelve. She tied it up, climbed the stairs without asking, and sat down beside him. ' +
    'They watched the beam go round. Neither of them said a word until the morning.',
  'Thank you for choosing our airline. Before we take off, please fasten your seat belt, put your tray table up and switch your phone to flight mode. ' +
    'There are six emergency exits on this aircraft. Take a moment to find the one nearest to you; it may be behind you. In the event of a loss of pressure, ' +
    'masks will fall from above. Put on your own before you help others. Smoking is not allowed at any time. We will be flying at 36,000 feet and expect to land at 10:45. ' +
    'The weather in Lisbon is sunny, with 24 degrees and a light wind from the west. If there is anything that we can do for you, please press the button above your head. ' +
    'Now sit back, relax and enjoy the flight. We know that you have a choice, and we are glad that you chose us. Cabin crew, please take your seats.',
  'A budget is a plan for money. Write down what comes in: wages, interest, gifts. Write down what goes out: rent, food, travel, clothes. Take one from the other. ' +
    'If the answer is less than zero, something has to change. Most people start with the small things, such as coffee or magazines, but the large ones matter more. ' +
    'A cheaper flat saves more than a hundred cups of coffee. Look at insurance, too, and at contracts that renew themselves. Then decide what the rest is for.',
]
