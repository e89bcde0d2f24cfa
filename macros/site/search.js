/* The site's search, in Material's worker: what it finds is lunr's (above), how it ranks is this. A section ranks by
   how much of the question its title, the phrases that people ask for it, and its text have; how much each of these
   says was fitted to questions (search.yml). Made by searching.py. */
"use strict"
{
  const SETUP = 0, READY = 1, QUERY = 2, RESULT = 3, WHOLE = 4 // the last is this script's own
  const FIELDS = {title: 6, asked: 5, page: 3, text: 1, words: 0.5}
  const SHOWN = 30, PER_PAGE = 3, EXCERPT = 200
  // The index of error messages, and what may stand before any of them.
  const ERRORS = "errors/#", PREFIX = /^(?:docker: )?error(?: response from daemon)?: (?=.)/i
  // What ranks this much lower than the best is no answer; a word that is rarer than this is worth missing.
  const LOWER = 7, TELLING = 1
  // An error was pasted if its wording is as much as this of what was typed.
  const MOST = 0.7
  // A part of a word tells less than a word; what no phrase has is as rare as what few have.
  const PART = 0.4, BEGINNING = 5, UNKNOWN = 3

  // A second answer takes the place of the first under a reader's hands: titles alone answer only where the rest takes
  // longer than this, in milliseconds.
  const PATIENCE = 1500

  let index, sections, config, phrases, rarity, lastQuery = "", isWhole = false, late

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
  const split = text => [...text.normalize("NFC").toLowerCase().matchAll(/[가-힣]{2,}|맥|핑|0\.0\.0\.0|[a-z0-9_]{2,}/g)]
    .map(found => ({word: known(found[0]), start: found.index, end: found.index + found[0].length}))
    .filter(({word}) => word)

  const wordsOf = text => split(text).map(({word}) => word)

  /** How many sections have a word, at least. */
  const count = word => hasWord(word)
    ? Math.max(...Object.keys(FIELDS).map(field => Object.keys(index.invertedIndex[word][field]).length)) : 0

  /** A Korean word as those that it is written together from, since nobody has to type blanks where they belong; itself
      where that is no more likely. */
  const apart = known => {
    const word = syllables(known)
    if (!isKorean(known) || word.length < 4) return [known]
    const best = [{covered: 0, pieces: []}]
    for (let end = 1; end <= word.length; end++) {
      best[end] = best[end - 1]
      for (let start = Math.max(0, end - 8); start <= end - 2; start++) {
        const piece = letters(word.slice(start, end)), {covered, pieces} = best[start]
        if (piece === known || !(hasWord(piece) || config.same.has(piece))) continue
        const more = covered + end - start
        const fewer = pieces.length + 1 < best[end].pieces.length
        if (more > best[end].covered || (more === best[end].covered && fewer))
          best[end] = {covered: more, pieces: [...pieces, piece]}
      }
    }
    const {covered, pieces} = best[word.length], there = count(known)
    const isBetter = there ? covered === word.length && pieces.every(piece => count(piece) > there)
      : covered * 2 > word.length
    return isBetter ? pieces.filter(piece => !config.isEnding.test(syllables(piece))).flatMap(apart) : [known]
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
      words = words.flatMap(apart)
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
    const most = Math.max(...total.values()), asked = weighed(pieces(query)), likest = new Map()
    const candidates = [...total].map(([ref, score]) => {
      const {location, boost = 1, weight: kept = 1, asked: said} = sections.get(ref), page = location.split("#")[0]
      const {each, all} = phrases.get(ref), likeness = each.map(phrase => alike(phrase, asked)).sort((a, b) => b - a)
      likest.set(page, [...(likest.get(page) ?? []), likeness[0]].sort((a, b) => b - a))
      const isError = location.startsWith(ERRORS)
      const signs = {
        text: Math.sqrt(score / most), cover: cover.get(ref) / whole,
        phrase: likeness[0], phrases: sum(likeness.slice(0, 3)) / 3, together: within(all, asked),
        // A term alone asks for the page about it; a question, for the section that answers it.
        term: words.length < 3 ? Math.log(boost) + (location === page ? 0.5 : 0) - (isError ? 0.5 : 0) : 0,
        aside: Math.log(kept), error: isError ? 1 : 0,
      }
      return {ref, page, signs, pasted: isPasted && isError ? Math.max(...wordings(said).map(one => has(one, lower))) : 0}
    })
    const ranked = candidates.map(({ref, page, signs, pasted}) => {
      // What the page's other sections answer.
      signs.page = likest.get(page)[likest.get(page)[0] === signs.phrase ? 1 : 0] ?? signs.phrase
      const score = sum(Object.entries(signs).map(([name, value]) => value * config.weights[name]))
      return {ref, page, signs, plain: score, score: score + pasted}
    }).sort((a, b) => b.score - a.score)
    const best = Math.max(...ranked.map(({plain}) => plain))
    const pages = new Map()
    const items = []
    for (const {ref, page, score, signs} of ranked) {
      if (score < best - LOWER) break
      const count = (pages.get(page) ?? 0) + 1
      pages.set(page, count)
      if (count <= PER_PAGE && items.length < SHOWN) items.push(item(ref, score, signs, typed, hits, rare))
    }
    return {items}
  }

  const wordings = asked => (asked ?? "").split(" · ")

  /** What an error weighs more if one of its wordings was pasted, with whatever the reader has in the place of names
      (… for several words, ‥ for one): as much as it says, so that of two the one is first that says more; little if
      the reader says more than the wording. query: in small letters. */
  const has = (wording, query) => {
    const [first, ...rest] = wording.replace(PREFIX, "").toLowerCase().split(/\s*([…‥])\s*/)
    const begin = query.indexOf(first)
    if (begin < 0) return 0
    let at = begin + first.length, said = first.length
    for (let part = 0; part < rest.length; part += 2) {
      const found = query.indexOf(rest[part + 1], at)
      if (found < 0 || (rest[part] === "‥" && /\s/.test(query.slice(at, found).trim()))) return 0
      at = found + rest[part + 1].length
      said += rest[part + 1].length
    }
    const share = ((rest.at(-1) ?? first ? at : query.length) - begin) / query.length
    return said < 10 ? 0 : share < MOST ? said * share / 10 : said
  }

  const sum = numbers => numbers.reduce((all, one) => all + one, 0)

  /** What a text is compared by, each with its weight: a word or what means the same; of other Korean words each two
      syllables that follow one another, so that 안열림 and 열리지 have something in common; how a long English one
      begins. */
  const pieces = text => {
    const made = new Map()
    for (const word of wordsOf(text).flatMap(apart)) {
      const other = config.same.get(word), read = syllables(word)
      if (other) made.set([word, ...other].sort()[0], 1)
      else if (!isKorean(word)) {
        made.set(word, 1)
        if (word.length > BEGINNING) made.set(`${word.slice(0, BEGINNING)}…`, PART)
      } else if (read.length < 3) made.set(root(word), PART)
      else for (let at = 0; at < read.length - 1; at++) made.set(letters(read.slice(at, at + 2)), PART)
    }
    return made
  }

  const telling = ([piece, weight]) => weight * (rarity.get(piece) ?? UNKNOWN)

  /** Pieces with what they tell together, which is the same for all that they are compared with. */
  const weighed = pieces => ({pieces, whole: sum([...pieces].map(telling))})

  /** How alike a phrase and the question are, from 0 to 1: rare pieces that both have, of all that either has. */
  const alike = (phrase, asked) => {
    const both = phrase.whole + asked.whole
    return both && (2 * sum([...phrase.pieces].filter(([piece]) => asked.pieces.has(piece)).map(telling))) / both
  }

  /** How much of the question the phrases of a section have, from 0 to 1. */
  const within = (all, asked) => 
    asked.whole && sum([...asked.pieces].filter(([piece]) => all.has(piece)).map(telling)) / asked.whole

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
  const item = (ref, score, signs, typed, hits, rare) => {
    const {location, title, page, text = ""} = sections.get(ref), looked = typed.flatMap(({words}) => words)
    const isHit = word => looked.some(one => one === word || config.same.get(one)?.includes(word)
      || (one.length > 3 && word.startsWith(root(one))))
    // That a section does not say "docker" tells nothing.
    const terms = Object.fromEntries(typed.filter(({words}) => words.some(word => rare.get(word) > TELLING))
      .map(({raw, words}) => [raw, words.some(word => hits.get(word).has(ref))]))
    const shown = marked(excerpt(text, isHit), isHit)
    const section = {location, title: marked(title, isHit), text: shown && `<p>${shown}</p>`, score, terms, signs}
    return page ? [section, {location, title: escaped(page), text: "", score, terms}] : [section]
  }

  // --- The worker --------------------------------------------------------------------------------------------------

  const begin = data => {
    const {stop, endings, same, weights} = data.config
    const ending = `(?:${endings.join("|")})$`
    config = {stop: new Set(stop), endings: new RegExp(`(?<=[가-힣]{2})${ending}`), isEnding: new RegExp(`^${ending}`),
      same: new Map(), weights}
    for (const group of same) {
      const words = [...new Set(group.flatMap(wordsOf))]
      for (const word of words)
        config.same.set(word, [...new Set([...(config.same.get(word) ?? []), ...words.filter(one => one !== word)])])
    }
    // By number: lunr cannot tell a section without an address, the home page, from none.
    sections = new Map(data.docs.map((section, number) => [`${number}`, section]))
    index = lunr(function () {
      this.tokenizer = text => split(`${text ?? ""}`).map(({word}) => new lunr.Token(word, {}))
      this.pipeline.reset()
      this.searchPipeline.reset()
      this.b(0.6)
      this.ref("number")
      for (const [field, boost] of Object.entries(FIELDS)) this.field(field, {boost})
      for (const [number, section] of sections) this.add({number, ...section})
    })
    const read = [...sections].map(([ref, {title, asked}]) => {
      const each = [title, ...wordings(asked)].map(pieces)
      return {ref, each, all: new Set(each.flatMap(phrase => [...phrase.keys()]))}
    })
    const having = new Map()
    for (const {all} of read) for (const piece of all) having.set(piece, (having.get(piece) ?? 0) + 1)
    rarity = new Map([...having].map(([piece, count]) => [piece, weight(count)]))
    phrases = new Map(read.map(({ref, each, all}) => [ref, {each: each.map(weighed), all}]))
  }

  const answer = () => postMessage({type: RESULT, data: lastQuery.trim() ? search(lastQuery) : {items: []}})

  /** What the index has in a file of its own, since titles are enough to begin with: what was asked meanwhile is
      answered then. Where the file cannot be had, titles are all there is. */
  const complete = async data => {
    try {
      if (data.config.rest) {
        const rest = await (await fetch(new URL(data.config.rest, location))).json()
        data.docs.forEach((section, number) => Object.assign(section, rest[number]))
        begin(data)
      }
    } finally {
      isWhole = true
      clearTimeout(late)
      if (lastQuery) answer()
      postMessage({type: WHOLE})
    }
  }

  addEventListener("message", ({data: {type, data}}) => {
    if (type === SETUP) {
      begin(data)
      postMessage({type: READY})
      complete(data)
    } else if (type === QUERY) {
      lastQuery = data
      clearTimeout(late)
      if (isWhole || !data.trim()) answer()
      else late = setTimeout(answer, PATIENCE)
    }
  })
}
