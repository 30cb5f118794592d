// Written by `node contracts/src/generate.ts` from contracts/entities; do not edit.

/**
 * A piece of published writing in a content system.
 */
export interface Article {
  /**
   * Headline.
   */
  title?: string | null
  /**
   * Last part of the address: lower-case letters, digits and hyphens.
   */
  slug?: string | null
  /**
   * What it says, in a few lines.
   */
  summary?: string | null
  /**
   * Address where readers find it.
   */
  url?: string | null
  /**
   * Whether readers can see it.
   */
  status?: 'draft' | 'published' | 'unpublished' | null
  /**
   * When readers could first see it.
   */
  publishedAt?: string | null
  /**
   * Name of the marketing campaign it belongs to.
   */
  campaign?: string | null
}

/**
 * An organisation that people work for or that buys.
 */
export interface Company {
  /**
   * Name of the company.
   */
  name?: string | null
  /**
   * Web domain, lower-case ASCII, without www.
   */
  domain?: string | null
  /**
   * Switchboard number as people write it.
   */
  phone?: string | null
  /**
   * Town of the head office.
   */
  city?: string | null
  /**
   * Country of the head office, by name or ISO code.
   */
  country?: string | null
  /**
   * Line of business, in the words of whoever filled it in.
   */
  industry?: string | null
  /**
   * Address of the web site.
   */
  website?: string | null
}

/**
 * A sale that somebody tries to make, from the first talk until it is won or lost.
 */
export interface Deal {
  /**
   * What the sale is called among those who work on it.
   */
  name?: string | null
  /**
   * What is sold and what to know about it.
   */
  description?: string | null
  /**
   * How far it has come.
   */
  stage?: 'qualification' | 'proposal' | 'negotiation' | 'won' | 'lost' | null
  /**
   * What it is worth, in units of the currency; negative for a credit.
   */
  amount?: number | null
  /**
   * Currency of the amount, by its three letters of ISO 4217.
   */
  currency?: string | null
  /**
   * Day on which it was closed, or is expected to be.
   */
  closeDate?: string | null
  /**
   * E-mail address of who works on it, lower-case.
   */
  ownerEmail?: string | null
}

/**
 * A person whom systems know: a contact or a lead.
 */
export interface Person {
  /**
   * E-mail address, lower-case.
   */
  email?: string | null
  /**
   * Given name.
   */
  firstName?: string | null
  /**
   * Family name.
   */
  lastName?: string | null
  /**
   * Phone number as people write it.
   */
  phone?: string | null
  /**
   * Position in the company.
   */
  jobTitle?: string | null
  /**
   * Name of the company worked for, as text.
   */
  company?: string | null
  /**
   * Town of the postal address.
   */
  city?: string | null
  /**
   * Country of the postal address, by name or ISO code.
   */
  country?: string | null
  /**
   * How far the person has come as a customer.
   */
  lifecycle?: 'subscriber' | 'lead' | 'marketing_qualified' | 'sales_qualified' | 'opportunity' | 'customer' | 'other' | null
}

/**
 * A piece of work that one person has to do by some time.
 */
export interface Task {
  /**
   * One line that says what to do.
   */
  subject?: string | null
  /**
   * The work in full.
   */
  description?: string | null
  /**
   * When it must be done.
   */
  dueAt?: string | null
  /**
   * Where the work stands.
   */
  status?: 'not_started' | 'in_progress' | 'waiting' | 'completed' | 'deferred' | null
  /**
   * E-mail address of who does it, lower-case.
   */
  ownerEmail?: string | null
}

/**
 * A request that somebody made and that somebody answers.
 */
export interface Ticket {
  /**
   * One line that says what is asked.
   */
  subject?: string | null
  /**
   * The request in full.
   */
  description?: string | null
  /**
   * Where the request stands.
   */
  status?: 'new' | 'open' | 'waiting' | 'closed' | null
  /**
   * How soon it must be answered.
   */
  priority?: 'low' | 'medium' | 'high' | 'urgent' | null
  /**
   * E-mail address of who answers, lower-case.
   */
  ownerEmail?: string | null
}

/** Name of each entity → its values. */
export interface Entities {
  article: Article
  company: Company
  deal: Deal
  person: Person
  task: Task
  ticket: Ticket
}
