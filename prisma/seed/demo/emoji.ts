import type { DemoAccount } from './account.ts';

/** Writes graphemes of many code points: flags, families, skin tones, combining marks, jamo and virama. */
export const emoji: DemoAccount = {
  handle: 'pilar_quispe',
  name: 'Pilar Quispe 🌵',
  bio: 'Cactus nursery at 2,800 m 🏔️ Everything here has spines except the dog 🐕‍🦺',
  role: 'emoji',
  joinedDaysAgo: 1_105,
  followers: () => 3_377,
  follows: ['maren_tveit', 'kofi_cooks', 'ximena_valcourt', 'salma_attar', 'brackwater_now', 'tevita_tides'],
  followsAuthors: [4, 11],
  tweets: [
    {
      hoursAgo: 0.4,
      text: 'First flower of the season 🌸🌵 It opens for one night only, so tonight we all sleep badly 🌙✨',
    },
    {
      hoursAgo: 5.1,
      text: 'Today’s visitors: 👩‍👩‍👧‍👦 👨🏾‍🌾 👵🏼 👨‍👧 🧑🏽‍🦽 and one 🦙 who did not buy a ticket',
    },
    {
      hoursAgo: 13.9,
      text: '🌵🌵🌵🌵🌵🌵🌵🌵🌵🌵🌵🌵\n🌵🌵🌵🌵🌵🌵🐕‍🦺🌵🌵🌵🌵🌵\n🌵🌵🌵🌵🌵🌵🌵🌵🌵🌵🌵🌵\nHe is fine. He is looking for the ball.',
    },
    {
      hoursAgo: 21.7,
      text: 'Seeds on their way to 🇵🇪 🇯🇵 🇰🇪 🇳🇴 🇱🇧 🇧🇷 🏴󠁧󠁢󠁷󠁬󠁳󠁿. Label them, water them, talk to them. In that order.',
    },
    { hoursAgo: 29.5, text: 'Se me cayó una maceta. ¿La planta? Perfecta. ¿El pie? 🩹🦶🏽' },
    {
      hoursAgo: 45.4,
      text: 'My cousin writes the labels: नमस्ते · 한국어 · Tiếng Việt · ไทยก็ได้ · é. Every accent in the right place ✍🏽',
    },
    { hoursAgo: 54.6, text: '👍🏻👍🏼👍🏽👍🏾👍🏿 = the five people who agreed with me about drainage' },
    {
      hoursAgo: 72.4,
      text: 'Watering schedule: January 💧 February … March … April 💧 That is the whole schedule.',
    },
    { hoursAgo: 97.2, text: 'Zͨ̈ȁ͝l͜gó but make it a cactus: s̈p̂ĭñȩs̊ 🌵' },
    {
      hoursAgo: 116.3,
      text: '¿Quién es más paciente, el cactus o la jardinera? ❤️‍🔥 Ya vamos por el noveno año.',
    },
    { hoursAgo: 138.8, text: '1️⃣ soil 2️⃣ stones 3️⃣ sun 4️⃣ leave it alone 5️⃣ leave it ALONE 🙏🏽' },
  ],
};
