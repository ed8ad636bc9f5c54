/** One order of a visitor, as an integrator's system tells it. */
export interface Order {
  /** The number that the visitor knows it by. */
  number: string;
  /** What it is about, in a few words. */
  title: string;
  /** In the integrator's own words. */
  status: string;
  /** With its currency, as it is shown. */
  amount: string;
  /** When it was placed, milliseconds since 1970. */
  placedAtMs: number;
  /** Where an agent sees the whole of it; http or https. */
  url?: string;
}

/** Whose orders are asked for. */
export interface OrdersQuery {
  conversationId: bigint;
  visitorId: bigint;
  /** At most so many, newest first. */
  limit: number;
}

/** An integrator's orders. Rejects when they cannot be read now. */
export interface OrdersPort {
  ordersOf(query: OrdersQuery): Promise<readonly Order[]>;
}

let connected: OrdersPort | undefined;

/** Connects the panel; without it the panel says how. */
export function connectOrders(port: OrdersPort | undefined): void {
  connected = port;
}

/** What was connected, if anything. */
export function ordersPort(): OrdersPort | undefined {
  return connected;
}
