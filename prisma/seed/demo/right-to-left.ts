import type { DemoAccount } from './account.ts';

export const rightToLeft: DemoAccount = {
  handle: 'salma_attar',
  name: 'سلمى العطّار',
  bio: 'خطّاطة من عمّان. الحبر يجفّ، والكلمة تبقى.',
  role: 'right-to-left',
  joinedDaysAgo: 1_430,
  followers: () => 1_204,
  follows: ['maren_tveit', 'kofi_cooks', 'ximena_valcourt', 'pilar_quispe', 'anjali_orbits'],
  followsAuthors: [6, 17],
  tweets: [
    { hoursAgo: 0.9, text: 'كتبتُ حرف الواو ثلاثين مرّة هذا الصباح. الحادية والثلاثون كانت تستحقّ القهوة.' },
    { hoursAgo: 5.7, text: 'سألني تلميذ: متى ينتهي التدريب؟ قلت له: عندما تنسى أنّك تتدرّب.' },
    {
      hoursAgo: 18.3,
      text: 'وصلت رسالة من @maren_tveit: أربعون دوّاسة يسرى! من عنده أربعون يمنى فليكتب لها.',
    },
    { hoursAgo: 24.4, text: 'المطر على السطح يكتب أسرع منّي، لكنّه لا يراجع ما كتب.' },
    {
      hoursAgo: 44.9,
      text: 'اشتريتُ قصبًا جديدًا من السوق القديم. البائع قطع لي واحدة هديّة وقال: هذه لليد اليسرى.',
    },
    {
      hoursAgo: 53.5,
      text: 'الورشة يوم السبت الساعة 10:30 في الطابق الثاني، والدعوة عامّة. أحضروا الصبر فقط، والورق علينا.',
    },
    { hoursAgo: 69.8, text: 'جرّبتُ وصفة @kofi_cooks للأرزّ. لم أحرّك القدر. أقسم أنّني لم أحرّكه.' },
    { hoursAgo: 93.7, text: 'أجمل الأخطاء تلك التي يظنّها الناس زخرفة.' },
    { hoursAgo: 117.1, text: 'جدّتي كانت تقول: الخطّ الجميل رسالة وصلت قبل أن تُقرأ.' },
    { hoursAgo: 139.6, text: 'ترجمتُ كلمة “deadline” إلى: الحبر الأخير.' },
  ],
};
