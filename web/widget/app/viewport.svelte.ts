/** Windows up to this size have no room for anything beside the conversation, pixels. */
const NARROW_PX = 520;
const LOW_PX = 480;

/** How much of the page's window can be seen. */
export class Viewport {
  /** The conversation covers everything. */
  full = $state(false);
  /** What a keyboard on the screen leaves free: from the top, and how high, pixels. */
  top = $state(0);
  height = $state(0);

  constructor(private readonly page: Window) {
    const look = () => this.look();
    page.addEventListener('resize', look);
    page.visualViewport?.addEventListener('resize', look);
    page.visualViewport?.addEventListener('scroll', look);
    this.look();
  }

  private look(): void {
    const { innerWidth, innerHeight, visualViewport } = this.page;
    this.full = innerWidth <= NARROW_PX || innerHeight <= LOW_PX;
    // Somebody who has zoomed in wants to see a part larger, not a smaller whole.
    const zoomed = (visualViewport?.scale ?? 1) > 1.01;
    const seen = zoomed ? undefined : visualViewport;
    this.top = Math.round(seen?.offsetTop ?? 0);
    this.height = Math.round(seen?.height ?? innerHeight);
  }
}
