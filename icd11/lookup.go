package icd11

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// An Answer is what the API says of a code or cluster.
type Answer struct {
	Result
	// Description is WHO's definition of a single code, and of a cluster the title that the server makes of it;
	// empty where it has none.
	Description string
	// Uncombined says of a cluster that the API knows its parts and not this combination of them.
	Uncombined bool
}

// Check asks about a code or cluster. Every part of a cluster is asked for, and then the whole. What cannot be a code
// by its form is not asked about.
func (c *Client) Check(ctx context.Context, code string) (Answer, error) {
	entities := map[string]described{}
	if !isGroup(code) {
		for part := range parts(code) {
			if !stem.MatchString(part) && !extension.MatchString(part) {
				continue
			}
			e, known, err := c.entity(ctx, part)
			if err != nil {
				return Answer{}, err
			}
			if known {
				entities[part] = e
			}
		}
	}
	answer := Answer{Result: check(code, "release "+c.options.Release+" of the API", func(part string) (*Entity, bool) {
		e, known := entities[part]
		return e.entity(), known
	})}
	answer.Description = entities[code].Definition
	if answer.Status != Valid || !strings.ContainsAny(code, "&/") {
		return answer, nil
	}
	err := c.combine(ctx, &answer)
	return answer, err
}

// A described is an entity as the API tells of it and the cache keeps it.
type described struct {
	API        string `json:"api"`
	Release    string `json:"release"`
	Code       string `json:"code"`
	ID         string `json:"id"`
	Title      string `json:"title"`
	Definition string `json:"definition"`
	Leaf       bool   `json:"leaf"`
}

func (d described) entity() *Entity {
	e := &Entity{Code: d.Code, Title: d.Title, Leaf: d.Leaf, ID: d.ID, Parent: -1}
	if extension.MatchString(d.Code) {
		e.Chapter = "X"
	}
	return e
}

// A localText is a text of the API in one language.
type localText struct {
	Value string `json:"@value"`
}

// entity asks for a single code, in two requests: codeinfo knows the code and the entity's id, the entity has the
// title. An answer that is in the cache is not asked for. Codes that the API does not know are asked for each time.
func (c *Client) entity(ctx context.Context, code string) (d described, known bool, err error) {
	if d, ok := c.load(code); ok {
		return d, true, nil
	}
	if err := c.greet(ctx); err != nil {
		return d, false, err
	}
	var info struct {
		Code   string `json:"code"`
		StemID string `json:"stemId"`
	}
	if known, err = c.get(ctx, "/codeinfo/"+escape(code)+codeinfoQuery, &info); err != nil || !known {
		return d, false, err
	}
	id, err := c.entityID(info.StemID)
	if err != nil || info.Code != code {
		return d, false,
			fmt.Errorf("%s: the answer of codeinfo to %q is not about this code in release %q: is this the ICD-API?",
				c.base, code, c.options.Release)
	}
	var entity struct {
		Code       string            `json:"code"`
		Title      localText         `json:"title"`
		Definition localText         `json:"definition"`
		Child      []json.RawMessage `json:"child"`
	}
	if known, err = c.get(ctx, "/"+id, &entity); err != nil {
		return d, false, err
	}
	if !known || entity.Code != code || entity.Title.Value == "" {
		return d, false, fmt.Errorf(
			"%s: the entity %q of the code %q has no title there, or another code: is this the ICD-API?", c.base, id, code)
	}
	d = described{c.base, c.options.Release, code, id, entity.Title.Value, entity.Definition.Value, len(entity.Child) == 0}
	return d, true, c.store(d)
}

// codeinfoQuery asks for exactly the code that is named.
const codeinfoQuery = "?flexiblemode=false&convertToTerminalCodes=false"

// greet asks once whether the server has the release: one that has not answers 404 to every code of it.
func (c *Client) greet(ctx context.Context) error {
	if c.greeted {
		return nil
	}
	var root struct {
		Release string `json:"releaseId"`
	}
	known, err := c.get(ctx, "", &root)
	if err != nil {
		return err
	}
	if !known || root.Release != c.options.Release {
		return fmt.Errorf(
			"%s: has no release %q of the MMS: check icd11.release, and what a local deployment was told to include (%s_en)",
			c.base, c.options.Release, c.options.Release)
	}
	c.greeted = true
	return nil
}

// combine asks about a cluster as a whole.
func (c *Client) combine(ctx context.Context, answer *Answer) error {
	if err := c.greet(ctx); err != nil { // the parts may have come from the cache
		return err
	}
	var info json.RawMessage
	known, err := c.get(ctx, "/codeinfo/"+escape(answer.Code)+codeinfoQuery, &info)
	if err != nil || !known {
		answer.Uncombined = err == nil
		return err
	}
	if c.mute {
		return nil
	}
	var described struct {
		Label string `json:"label"`
	}
	known, err = c.get(ctx, "/describe?code="+url.QueryEscape(answer.Code), &described)
	c.mute = err == nil && !known
	answer.Description = described.Label
	return err
}

// escape makes a code a part of a path. url.PathEscape leaves & as it is, which the API takes for its own.
func escape(code string) string { return strings.ReplaceAll(url.PathEscape(code), "&", "%26") }

var apiURI = regexp.MustCompile(`^https?://[^/]+/icd/release/11/([^/]+)/mms/([0-9]+(?:/other|/unspecified)?)$`)

// entityID takes the id out of a URI. The URI itself, which names WHO's host and plain http even when a local server
// answers, is never asked for.
func (c *Client) entityID(uri string) (string, error) {
	found := apiURI.FindStringSubmatch(uri)
	if found == nil || found[1] != c.options.Release {
		return "", fmt.Errorf("%q is not an entity of release %q", uri, c.options.Release)
	}
	return found[2], nil
}

// cacheName is where the answer for a single code is kept.
func (c *Client) cacheName(code string) string { return c.options.Release + "/" + code + ".json" }

// load is an answer of the cache. What is damaged, or of another API, counts as none.
func (c *Client) load(code string) (d described, ok bool) {
	if c.options.Cache == nil {
		return d, false
	}
	data, ok := c.options.Cache.Load(c.cacheName(code))
	if !ok || json.Unmarshal(data, &d) != nil {
		return described{}, false
	}
	return d, d.API == c.base && d.Release == c.options.Release && d.Code == code && d.Title != "" && d.ID != ""
}

func (c *Client) store(d described) error {
	if c.options.Cache == nil {
		return nil
	}
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return c.options.Cache.Store(c.cacheName(d.Code), append(data, '\n'))
}
