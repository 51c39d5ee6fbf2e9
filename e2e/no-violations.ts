import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const WCAG_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** The rules of these tags that look at colours. */
const COLOURS = ['color-contrast', 'link-in-text-block'];
const WIDTHS = [1_280, 360];

/**
 * Checks that what is on screen keeps WCAG 2.2 AA as far as axe can tell, dark and light, wide and narrow. Nothing may
 * have to be scrolled sideways, and no picture may be stretched. `within` is a selector for a part of the page, when the
 * rest has been checked already.
 */
export async function expectNoViolations(page: Page, within = 'html'): Promise<void> {
  // Articles out of sight have no layout, and colours in transition are not final: axe would judge the colours of the
  // theme before.
  await page.addStyleTag({
    content: '* { content-visibility: visible !important; transition: none !important }',
  });
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(await page.evaluate(stretched), `${width} px`).toEqual([]);
    const axe = () => new AxeBuilder({ page }).setLegacyMode().include(within);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expectNone(axe().withTags(WCAG_AA), `${width} px, dark`);
    // Themes differ only in their colours.
    await page.emulateMedia({ colorScheme: 'light' });
    await expectNone(axe().withRules(COLOURS), `${width} px, light`);
  }
}

/** Runs in the page: the pictures that are not as large as they ask to be. */
const stretched = (): string[] =>
  [...document.images]
    .filter((image) => image.checkVisibility())
    .filter(({ width, height, attributes }) => {
      const [wide, high] = ['width', 'height'].map((name) => attributes.getNamedItem(name)?.value);
      return `${width}` !== wide || `${height}` !== high;
    })
    .map((image) => `${image.outerHTML} is ${image.width} × ${image.height}`);

async function expectNone(axe: AxeBuilder, where: string) {
  const { violations } = await axe.analyze();
  expect(violations.map(describe), where).toEqual([]);
}

type Violation = Awaited<ReturnType<AxeBuilder['analyze']>>['violations'][number];

const describe = ({ id, nodes }: Violation): string =>
  `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`;
