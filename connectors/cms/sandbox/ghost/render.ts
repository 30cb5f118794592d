import type { Post } from './store.ts'

const NOTHING = {
  feature_image: null,
  codeinjection_head: null,
  codeinjection_foot: null,
  custom_template: null,
  og_image: null,
  og_title: null,
  og_description: null,
  twitter_image: null,
  twitter_title: null,
  twitter_description: null,
  meta_description: null,
  email_subject: null,
  frontmatter: null,
  feature_image_alt: null,
  feature_image_caption: null,
  email_only: false,
}

const AUTHOR = { id: '6b0039d04d8ae551ca16efc1', name: 'Admin', slug: 'admin', email: 'admin@example.com', status: 'active' }

/** A post as the Admin API and the webhooks show it. Drafts have an address that only editors can open. */
export function render(post: Post, base: string): Record<string, unknown> {
  const { tags, ...own } = post
  const path = post.status === 'published' || post.status === 'sent' ? post.slug : `p/${post.uuid}`
  const plain = (post.html ?? '').replaceAll(/<[^>]*>/g, '')
  return {
    ...own,
    comment_id: post.id,
    plaintext: plain,
    visibility: 'public',
    ...NOTHING,
    tags: tags.map((tag) => ({ ...tag, description: null, url: `${base}/404/` })),
    authors: [AUTHOR],
    primary_author: AUTHOR,
    primary_tag: tags.find((tag) => tag.visibility === 'public') ?? null,
    email_segment: 'all',
    url: `${base}/${path}/`,
    excerpt: post.custom_excerpt ?? plain,
    reading_time: 0,
  }
}
