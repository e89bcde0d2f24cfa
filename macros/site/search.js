/* The site's search, in Material's worker: what it finds is lunr's (above), how it ranks is this. A section ranks by
   how much of the question its title, the phrases that people ask for it, and its text have. Made by searching.py. */
"use strict"
{
  const SETUP = 0, READY = 1, QUERY = 2, RESULT = 3
  const FIELDS = {title: 6, asked: 5, page: 3, text: 1, words: 0.5}
  const SHOWN = 30, PER_PAGE = 3, EXCERPT = 200
  // The index of error messages, and what may stand before any of them.
  const ERRORS = "errors/#", PREFIX = /^(?:docker: )?error(?: response from daemon)?: (?=.)/i
  // What ranks lower than this share of the best is no answer; a word that is rarer than this is worth missing.
  const LEAST = 0.03, TELLING = 1

  let index, sections, config, phrases, rarity

  // --- Words -------------------------------------------------------------------------------------------------------

  // Korean words are kept in letters, not syllables: 바뀜 and 바뀌었 begin alike, and 돼 is one letter off 되.
  const isKorean = word => /[가-힣\u1100-\u11ff]/.test(word)
  const letters = word => word.normalize("NFD")
  const syllables = word => word.normalize("NFC")
  const hasWord = word => Object.hasOwn(index.invertedIndex, word)

  /** What a word is known by: English by its stem, Korean without particles and endings. "" for one of no weight. */
  const known = word => {
    if (config.stop.has(word)) return ""
    if (!isKorean(word)) return /\d|_/.test(word) ? word : lunr.stemmer(new lunr.Token(word, {})).toString()
    for (let before = ""; before !== word;) {
      before = word
      word = word.replace(config.endings, "")
    }
    return config.stop.has(word) ? "" : letters(word)
  }

  /** The words of a text, each as {word, start, end}; a single letter, digit or most single syllables are none. */
  const split = text => [...text.normalize("NFC").toLowerCase().matchAll(/[가-힣]{2,}|맥|핑|[a-z0-9_]{2,}/g)]
    .map(found => ({word: known(found[0]), start: found.index, end: found.index + found[0].length}))
    .filter(({word}) => word)

  const wordsOf = text => split(text).map(({word}) => word)

  /** A Korean word that no section has as words that some have: nobody has to type blanks where they belong. */
  const cut = known => {
    const word = syllables(known)
    const best = [{covered: 0, pieces: []}]
    for (let end = 1; end <= word.length; end++) {
      best[end] = best[end - 1]
      for (let start = Math.max(0, end - 8); start <= end - 2; start++) {
        const piece = letters(word.slice(start, end)), {covered, pieces} = best[start]
        const more = covered + end - start
        const fewer = pieces.length + 1 < best[end].pieces.length
        const better = more > best[end].covered || (more === best[end].covered && fewer)
        if (hasWord(piece) && better) best[end] = {covered: more, pieces: [...pieces, piece]}
      }
    }
    const {covered, pieces} = best[word.length]
    return covered * 2 > word.length ? pieces : [known]
  }

  /** An identifier, an address, a number or a name of somebody's own: it tells nothing where no section has it. */
  const isOwn = word => /^[0-9a-f]{12,}$/.test(word) || (/\d/.test(word) && !hasWord(word))

  // --- A question --------------------------------------------------------------------------------------------------

  /** What all forms of a word begin with: a Korean one without its last syllable, or one of two without its end. */
  const root = word => {
    if (!isKorean(word)) return word
    const whole = syllables(word)
    return whole.length > 2 ? letters(whole.slice(0, -1)) : word.replace(/[\u11a8-\u11ff]$/, "")
  }

  /** Ways to say a word, each with its weight: itself, its beginning, what means the same, one letter off. */
  const ways = (word, isLast) => {
    const other = config.same.get(word) ?? [], stem = root(word)
    const made = [{term: word, boost: 1}, ...other.map(term => ({term, boost: 0.7}))]
    if (stem.length >= 4 || isLast)
      made.push({term: stem, boost: isKorean(word) ? 0.5 : 0.3, wildcard: lunr.Query.wildcard.TRAILING})
    if (!hasWord(word) && !other.length && word.length >= 4)
      made.push({term: word, boost: 0.6, editDistance: word.length > 7 ? 2 : 1})
    return made
  }

  /** Which sections have a word: number -> how well. `isLast`: it may be typed to its half. */
  const having = (word, isLast) => {
    const found = new Map()
    for (const {term, boost, wildcard = lunr.Query.wildcard.NONE, editDistance = 0} of ways(word, isLast))
      for (const {ref, score} of index.query(query => query.term(term, {usePipeline: false, editDistance, wildcard})))
        found.set(ref, Math.max(found.get(ref) ?? 0, score * boost))
    return found
  }

  /** How rare what a number of sections have is: what nearly all have weighs nearly nothing. */
  const weight = count => Math.log(1 + (sections.size - count + 0.5) / (count + 0.5))

  /** A reader's words, as typed, each with the words that it is looked up by. */
  const parsed = query => {
    const typed = []
    for (const [raw] of query.matchAll(/\S+/g)) {
      let words = wordsOf(raw)
      if (words.some(word => !isOwn(word))) words = words.filter(word => !isOwn(word))
      else if (/\d/.test(raw)) words = words.filter(hasWord)
      words = words.flatMap(word =>
        isKorean(word) && !hasWord(word) && syllables(word).length > 3 ? cut(word) : [word])
      if (words.length) typed.push({raw: raw.replace(/^[^\p{L}\p{N}-]+|[^\p{L}\p{N}]+$/gu, ""), words})
    }
    return typed
  }

  const search = given => {
    const query = given.trim().replace(PREFIX, "")
    const isPasted = query !== given.trim() || query.split(/\s+/).length > 2 // "permission denied" is a term
    const lower = query.toLowerCase()
    const typed = parsed(query), words = [...new Set(typed.flatMap(({words}) => words))]
    const last = words.at(-1), hits = new Map(words.map(word => [word, having(word, word === last)]))
    const rare = new Map(words.map(word => [word, weight(hits.get(word).size) * (/^\d+$/.test(word) ? 0.3 : 1)]))
    const whole = sum(words.map(word => rare.get(word))) || 1
    const total = new Map(), cover = new Map()
    for (const [word, found] of hits)
      for (const [ref, score] of found) {
        total.set(ref, (total.get(ref) ?? 0) + score)
        cover.set(ref, (cover.get(ref) ?? 0) + rare.get(word))
      }
    const said = new Map(words.map(word => [word, new Set([word, ...(config.same.get(word) ?? [])])]))
    const ranked = [...total].map(([ref, score]) => {
      const covered = cover.get(ref) / whole
      const likeness = Math.max(...phrases.get(ref).map(phrase => alike(phrase, said, rare, whole)))
      const {location, asked, boost = 1, page = "", weight: kept = 1} = sections.get(ref)
      const pasted = isPasted && location.startsWith(ERRORS)
        ? Math.max(...wordings(asked).map(one => within(one, lower))) : 1
      // A term alone asks for the page about it; a question, for the section that answers it.
      const asTerm = words.length < 3 ? boost * (page ? 1 : 1.5) : 1
      return {ref, score: score * covered ** 2 * (1 + 4 * likeness ** 2) * asTerm * kept, pasted}
    }).sort((a, b) => b.score * b.pasted - a.score * a.pasted)
    const best = Math.max(...ranked.map(({score}) => score))
    const pages = new Map()
    const items = []
    for (const {ref, score, pasted} of ranked) {
      if (score * pasted < LEAST * best) continue
      const page = sections.get(ref).location.split("#")[0], count = (pages.get(page) ?? 0) + 1
      pages.set(page, count)
      if (count <= PER_PAGE && items.length < SHOWN) items.push(item(ref, score, typed, hits, rare))
    }
    return {items}
  }

  const wordings = asked => (asked ?? "").split(" · ")

  /** What an error weighs more if one of its wordings was pasted, with whatever the reader has in the place of names:
      as much as it says, so that of two the one is first that says more. query: in small letters. */
  const within = (wording, query) => {
    const parts = wording.replace(PREFIX, "").toLowerCase().split("…").map(part => part.trim()).filter(Boolean)
    let at = 0
    for (const part of parts) {
      at = query.indexOf(part, at)
      if (at < 0) return 1
      at += part.length
    }
    const said = sum(parts.map(part => part.length))
    return said < 10 ? 1 : 10 * said
  }

  const sum = numbers => numbers.reduce((all, one) => all + one, 0)

  /** How alike a phrase and the question are, from 0 to 1: rare words that both have, of all that either has. */
  const alike = (phrase, said, rare, whole) => {
    let common = 0
    const met = new Set()
    for (const [word, others] of said) {
      const one = phrase.find(other => others.has(other) || (isKorean(word) && other.startsWith(root(word))))
      if (one === undefined) continue
      met.add(one)
      common += rare.get(word)
    }
    const rest = sum(phrase.filter(word => !met.has(word)).map(word => rarity.get(word) ?? 0))
    return (2 * common) / (whole + common + rest)
  }

  // --- What is shown -----------------------------------------------------------------------------------------------

  const escaped = text => text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`)

  /** A text with the words that were looked for marked. */
  const marked = (text, isHit) => {
    let made = "", at = 0
    for (const {word, start, end} of split(text)) {
      if (!isHit(word)) continue
      made += `${escaped(text.slice(at, start))}<mark>${escaped(text.slice(start, end))}</mark>`
      at = end
    }
    return made + escaped(text.slice(at))
  }

  /** The sentences of a text that say most of what was asked, as many as fit. */
  const excerpt = (text, isHit) => {
    const sentences = text.match(/.+?(?:[.?!:](?=\s)|$)\s*/gs) ?? []
    // The first sentence says what the section is about: another is shown where it has two of the words more.
    const counts = sentences.map((one, at) => new Set(wordsOf(one).filter(isHit)).size + (at ? 0 : 1.5))
    const first = counts.indexOf(Math.max(...counts, 0))
    let found = sentences[first] ?? ""
    for (let next = first + 1; next < sentences.length && found.length + sentences[next].length < EXCERPT; next++)
      found += sentences[next]
    return found.length > EXCERPT * 1.5 ? `${found.slice(0, EXCERPT)}…` : found.trim()
  }

  /** A result as Material draws it: its page above, the section with what it says, and the reader's words that it
      has not. All lead to the section. */
  const item = (ref, score, typed, hits, rare) => {
    const {location, title, page, text} = sections.get(ref), looked = typed.flatMap(({words}) => words)
    const isHit = word => looked.some(one => one === word || config.same.get(one)?.includes(word)
      || (one.length > 3 && word.startsWith(root(one))))
    // That a section does not say "docker" tells nothing.
    const terms = Object.fromEntries(typed.filter(({words}) => words.some(word => rare.get(word) > TELLING))
      .map(({raw, words}) => [raw, words.some(word => hits.get(word).has(ref))]))
    const shown = marked(excerpt(text, isHit), isHit)
    const section = {location, title: marked(title, isHit), text: shown && `<p>${shown}</p>`, score, terms}
    return page ? [section, {location, title: escaped(page), text: "", score, terms}] : [section]
  }

  // --- The worker --------------------------------------------------------------------------------------------------

  const begin = data => {
    const {stop, endings, same} = data.config
    config = {stop: new Set(stop), endings: new RegExp(`(?<=[가-힣]{2})(?:${endings.join("|")})$`), same: new Map()}
    for (const group of same) {
      const words = [...new Set(group.flatMap(wordsOf))]
      for (const word of words)
        config.same.set(word, [...new Set([...(config.same.get(word) ?? []), ...words.filter(one => one !== word)])])
    }
    // By number: lunr cannot tell a section without an address, the home page, from none.
    sections = new Map(data.docs.map((section, number) => [`${number}`, section]))
    phrases = new Map([...sections].map(([ref, {title, asked}]) =>
      [ref, [title, ...wordings(asked)].map(wordsOf)]))
    index = lunr(function () {
      this.tokenizer = text => split(`${text ?? ""}`).map(({word}) => new lunr.Token(word, {}))
      this.pipeline.reset()
      this.searchPipeline.reset()
      this.b(0.6)
      this.ref("number")
      for (const [field, boost] of Object.entries(FIELDS)) this.field(field, {boost})
      for (const [number, section] of sections) this.add({number, ...section})
    })
    rarity = new Map(Object.entries(index.invertedIndex).map(([word, fields]) =>
      [word, weight(new Set(Object.keys(FIELDS).flatMap(field => Object.keys(fields[field]))).size)]))
  }

  addEventListener("message", ({data: {type, data}}) => {
    if (type === SETUP) {
      begin(data)
      postMessage({type: READY})
    } else if (type === QUERY) {
      postMessage({type: RESULT, data: data.trim() ? search(data) : {items: []}})
    }
  })
}
